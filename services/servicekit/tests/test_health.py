"""Whether a process can do its work."""

from __future__ import annotations

import pytest

from servicekit.health import database_check, failing_checks, health_blueprints


def fine():
    pass


def away():
    raise ConnectionError("told to nobody")


@pytest.fixture
def client_of(make_app):
    """Return a function that makes the client of a service with the given checks."""

    def make(**checks):
        app = make_app()
        for blueprint in health_blueprints("example", checks):
            app.extensions["api"].register_blueprint(blueprint)
        return app.test_client()

    return make


def test_nothing_fails_when_every_check_passes():
    assert failing_checks({"one": fine, "two": fine}) == {}


def test_failing_checks_are_told_by_name_and_the_others_still_asked(recorder):
    assert failing_checks({"one": away, "two": fine, "three": away}) == {
        "one": "ConnectionError",
        "three": "ConnectionError",
    }
    assert [event["check"] for event in recorder.named("health_check_failed")] == ["one", "three"]


def test_database_is_asked(make_app, database):
    with make_app().app_context():
        database_check(database.session)()


def test_database_that_is_away_fails_its_check(make_app, database, free_port):
    app = make_app(TEST_DATABASE_URL=f"postgresql+psycopg2://nobody@127.0.0.1:{free_port}/nothing")
    with app.app_context():
        assert failing_checks({"database": database_check(database.session)}) == {"database": "OperationalError"}


def test_service_that_is_ready_tells_its_name_and_version(client_of):
    well = {"status": "ok", "service": "example", "version": "dev"}
    client = client_of(one=fine)

    assert client.get("/api/v1/example/health").get_json()["data"] == well
    assert client.get("/internal/health/live").get_json()["data"] == well
    assert client.get("/internal/health/ready").get_json()["data"] == {**well, "checks": {"one": "ok"}}


def test_service_that_is_not_ready_tells_the_reason_inside_only(client_of):
    client = client_of(one=away, two=fine)

    public = client.get("/api/v1/example/health")
    internal = client.get("/internal/health/ready")

    assert (public.status_code, public.headers["Retry-After"]) == (503, "2")
    assert "details" not in public.get_json()["error"]
    assert (internal.status_code, internal.headers["Retry-After"]) == (503, "2")
    assert internal.get_json()["error"]["details"] == {"one": ["ConnectionError"]}
    assert client.get("/internal/health/live").status_code == 200
