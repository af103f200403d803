"""Whether a process can do its work."""

from __future__ import annotations

import pytest

from servicekit.envelope import ServiceUnavailable
from servicekit.health import database_check, failing_checks, require_ready


def fine():
    pass


def away():
    raise ConnectionError("told to nobody")


def test_nothing_fails_when_every_check_passes():
    assert failing_checks({"one": fine, "two": fine}) == {}
    require_ready({"one": fine})


def test_failing_checks_are_told_by_name_and_the_others_still_asked(recorder):
    assert failing_checks({"one": away, "two": fine, "three": away}) == {
        "one": "ConnectionError",
        "three": "ConnectionError",
    }
    assert [event["check"] for event in recorder.named("health_check_failed")] == ["one", "three"]


def test_process_that_is_not_ready_says_when_to_ask_again():
    with pytest.raises(ServiceUnavailable) as raised:
        require_ready({"one": away})

    assert raised.value.headers == {"Retry-After": "2"}
    assert "told" not in raised.value.text


def test_database_is_asked(make_app, database):
    with make_app().app_context():
        database_check(database.session)()


def test_database_that_is_away_fails_its_check(make_app, database, free_port):
    app = make_app(TEST_DATABASE_URL=f"postgresql+psycopg2://nobody@127.0.0.1:{free_port}/nothing")
    with app.app_context():
        assert failing_checks({"database": database_check(database.session)}) == {"database": "OperationalError"}
