"""Account events on their way to a real server."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select, update

from auth_service.extensions import db
from auth_service.outbox import operations
from auth_service.outbox import transport as http
from auth_service.outbox.kinds import ACCOUNT_DELETED
from auth_service.outbox.models import AccountEvent

pytestmark = pytest.mark.usefixtures("context")


def seconds_until_due(event):
    return (event.due_at - datetime.now(UTC)).total_seconds()


def test_event_arrives_with_all_that_is_known_of_it(books, record, deliver, stored):
    event = stored(record(7, name="Ada", request_id="from-the-gateway"))

    assert deliver() is False

    (received,) = books.received
    assert received == {
        "event_id": event.event_id,
        "sequence": event.id,
        "user_id": 7,
        "kind": "account_renamed",
        "payload": {"display_name": "Ada"},
        "occurred_at": event.created_at.isoformat(),
    }
    assert books.paths == ["/internal/account-events"]
    assert books.headers[0]["X-Request-Id"] == "from-the-gateway"
    assert books.headers[0]["Authorization"] == "Bearer a-token"


def test_event_of_no_request_is_followed_by_its_own_id(books, record, deliver):
    record()
    deliver()

    assert books.headers[0]["X-Request-Id"] == books.received[0]["event_id"]


def test_delivered_event_is_done_and_keeps_no_name(books, record, deliver, stored):
    event_id = record()

    deliver()

    event = stored(event_id)
    assert event.done_at is not None
    assert (event.leased_until, event.last_error, event.attempts, event.payload) == (None, None, 1, {})
    assert deliver(later=3600) is False
    assert len(books.received) == 1


def test_events_of_one_account_come_in_their_order(books, record, deliver):
    ids = {user_id: [] for user_id in (1, 2, 3)}
    for user_id in (1, 1, 2, 1, 3, 2, 1, 1, 1):
        ids[user_id].append(record(user_id))
    ids[1].append(record(1, ACCOUNT_DELETED))

    assert deliver() is False

    assert {user_id: books.of(user_id) for user_id in ids} == ids


def test_events_of_several_accounts_are_sent_at_once(books, record, deliver):
    """The first four are answered only when all four have come."""
    all_came = Event()

    def wait_for_the_others(event):
        if len(books.received) == operations.EVENTS_AT_ONCE:
            all_came.set()
        return 200 if all_came.wait(timeout=4) else 500

    books.answer = wait_for_the_others
    for user_id in range(1, 7):
        record(user_id)

    assert deliver() is False

    assert Counter(event["user_id"] for event in books.received) == dict.fromkeys(range(1, 7), 1)


@pytest.mark.parametrize("status", [500, 503, 400, 401, 404, 422, 307])
def test_what_fails_holds_up_its_own_account_alone(books, record, deliver, stored, status):
    books.answer = lambda event: status if event["user_id"] == 1 else 200
    failing, behind = record(1), record(1, ACCOUNT_DELETED)
    others = [record(2), record(2), record(3)]

    deliver()

    assert books.of(1) == [failing]
    assert all(stored(other).done_at is not None for other in others)
    assert str(status) in stored(failing).last_error
    books.answer = lambda event: 200
    deliver(later=301)
    assert books.of(1) == [failing, failing, behind]


def test_order_holds_whatever_is_due_first(books, record, deliver):
    """A long delay of the first event does not let the second one past."""
    first, second = record(1), record(1)
    db.session.execute(
        update(AccountEvent).where(AccountEvent.id == first).values(due_at=datetime.now(UTC) + timedelta(minutes=5))
    )
    db.session.commit()

    assert deliver() is False
    assert books.received == []
    deliver(later=301)
    assert books.of(1) == [first, second]


def test_nobody_listening_loses_nothing_and_is_asked_again_within_seconds(books, record, deliver, stored):
    books.stop()
    ids = [record(user_id) for user_id in range(1, 7)]
    # An hour of rounds.
    for later in range(0, 3600, 20):
        assert deliver(later=later) is False

    waiting = [stored(event_id) for event_id in ids]
    assert {event.done_at for event in waiting} == {None}
    assert max(event.attempts for event in waiting) > 10
    now = datetime.now(UTC) + timedelta(seconds=3600)
    assert max((event.due_at - now).total_seconds() for event in waiting) <= 15
    assert {event.last_error for event in waiting} == {"away: ConnectionError"}
    books.start()
    deliver(later=3615)
    assert sorted(event["sequence"] for event in books.received) == ids


def test_server_that_takes_nothing_is_asked_for_few_events_a_round(books, record, deliver):
    books.answer = lambda event: 503
    for user_id in range(1, 13):
        record(user_id)

    assert deliver() is False

    assert len(books.received) == operations.EVENTS_AT_ONCE


def test_server_that_does_not_answer_is_given_up_and_the_event_sent_again(books, record, deliver, stored, monkeypatch):
    monkeypatch.setattr(http, "READ_TIMEOUT_SECONDS", 0.2)
    done = Event()
    books.answer = lambda event: (done.wait(timeout=10), 200)[1]
    event_id = record()

    deliver()

    assert stored(event_id).last_error in ("away: ReadTimeout", "away: ConnectionError")
    assert seconds_until_due(stored(event_id)) <= 1
    done.set()
    deliver(later=2)
    assert books.of(1) == [event_id, event_id]
    assert stored(event_id).done_at is not None


@pytest.mark.parametrize("status", [500, 400])
def test_delays_grow_to_their_bounds(books, record, deliver, stored, monkeypatch, status):
    monkeypatch.setattr(operations, "retry_delay", lambda attempts, *, first, most: min(first * 2**attempts, most))
    books.answer = lambda event: status
    event_id = record()
    for attempt in range(12):
        deliver(later=attempt * 400)

    delay = seconds_until_due(stored(event_id)) - 11 * 400
    assert delay == pytest.approx(15 if status == 500 else 300, abs=5)


def test_refused_event_is_an_error_in_the_log_with_the_reason(books, record, deliver, stored, caplog):
    body = b'{"success": false, "error": {"code": "validation_failed", "message": "Ada"}}'
    books.answer = lambda event: (422, {}, body)
    event_id = record(7)

    deliver()

    (line,) = [record.msg for record in caplog.records if record.levelname == "ERROR"]
    assert (line["event"], line["reason"], line["user_id"]) == ("account_event_refused", "422 validation_failed", 7)
    assert stored(event_id).last_error == "refused: 422 validation_failed"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'"x"', b"\xff", b'{"error": 1}', b'{"error": {"code": ["x"]}}', b"[" * 9000]
)
def test_answer_in_any_other_shape_is_told_by_its_status(books, record, deliver, stored, body):
    books.answer = lambda event: (404, {}, body)
    event_id = record()

    deliver()

    assert stored(event_id).last_error == "refused: 404"


def test_receiver_with_more_to_do_gets_the_same_event_at_once_until_it_is_done(books, record, deliver, stored):
    books.answer = lambda event: 202 if len(books.of(1)) < 4 else 200
    deletion = record(1, ACCOUNT_DELETED)

    assert deliver() is False

    assert books.of(1) == [deletion] * 4
    assert stored(deletion).done_at is not None


def test_redirection_is_not_followed(books, record, deliver, stored):
    books.answer = lambda event: (307, {"Location": f"{books.url}/elsewhere"}, b"")
    event_id = record()

    deliver()

    assert books.paths == ["/internal/account-events"]
    assert stored(event_id).last_error == "refused: 307"


def test_proxies_of_the_environment_have_no_part_in_it(books, record, deliver, stored, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    event_id = record()

    deliver()

    assert stored(event_id).done_at is not None


def test_endless_answer_is_not_read_to_its_end(books, record, deliver, stored):
    books.answer = lambda event: (200, {}, b"x" * 1_000_000)
    ids = [record(1), record(2), record(3)]

    deliver()

    assert all(stored(event_id).done_at is not None for event_id in ids)


def test_worker_that_dies_between_sending_and_settling_sends_once_more(books, transport, record, deliver, stored):
    class Dying:
        def send(self, events):
            transport.send(events)
            raise SystemExit

    event_id = record()
    with pytest.raises(SystemExit):
        deliver(over=Dying())
    db.session.rollback()
    assert (books.of(1), stored(event_id).done_at) == ([event_id], None)

    assert deliver() is False
    assert books.of(1) == [event_id]

    deliver(later=operations.LEASE.total_seconds() + 1)
    first, second = books.received
    assert first == second
    assert stored(event_id).done_at is not None


def test_round_is_bounded_and_says_that_there_is_more(books, record, deliver):
    for user_id in range(1, 104):
        record(user_id)

    assert deliver() is True
    assert len(books.received) == operations.EVENTS_A_ROUND
    assert deliver() is False
    assert len({event["event_id"] for event in books.received}) == len(books.received) == 103


def test_round_that_lasts_long_lets_the_worker_look_up(books, transport, record):
    for user_id in range(1, 30):
        record(user_id)
    start = datetime.now(UTC)
    ticks = iter(range(1000))

    assert operations.deliver_due_events(db.session, transport, clock=lambda: start + timedelta(seconds=next(ticks)))
    assert 0 < len(books.received) < 29


def test_only_what_was_delivered_long_ago_is_pruned(books, record, deliver):
    old, late, waiting = record(1), record(2), record(3)
    for event_id, done_at in ((old, timedelta(days=7, hours=1)), (late, timedelta(days=6, hours=23))):
        db.session.execute(
            update(AccountEvent).where(AccountEvent.id == event_id).values(done_at=datetime.now(UTC) - done_at)
        )
    db.session.execute(
        update(AccountEvent).where(AccountEvent.id == waiting).values(created_at=datetime.now(UTC) - timedelta(days=99))
    )
    db.session.commit()

    assert operations.prune_events(db.session, now=datetime.now(UTC)) == 1

    assert db.session.scalars(select(AccountEvent.id).order_by(AccountEvent.id)).all() == [late, waiting]
