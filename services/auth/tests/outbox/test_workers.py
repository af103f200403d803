"""The task of the worker as it runs: real commits, real tokens, and more than one worker."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from auth_service.extensions import db
from auth_service.outbox import operations
from auth_service.outbox.kinds import ACCOUNT_DELETED
from auth_service.outbox.models import AccountEvent
from auth_service.outbox.task import outbox_task
from auth_service.worker import tasks_of
from servicekit.env import ConfigurationError
from servicekit.service_tokens import verify_service_token

pytestmark = pytest.mark.usefixtures("truncated", "empty_redis")


@pytest.fixture(name="worker_app")
def _worker_app(build_app, service_environment, books):
    """An application whose worker finds the books server of this test."""
    return build_app({**service_environment("auth"), "AUTH_BOOKS_URL": books.url})


def undelivered(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).where(AccountEvent.done_at.is_(None)))


def deliver_all(app, *workers):
    """Run rounds of ``workers``, each in its own thread, until nothing waits."""
    deadline = time.monotonic() + 30

    def work(worker):
        while undelivered(app) and time.monotonic() < deadline:
            worker.run()

    with ThreadPoolExecutor(len(workers)) as threads:
        list(threads.map(work, workers))


def test_event_comes_with_a_token_that_proves_this_service(worker_app, books, record):
    with worker_app.app_context():
        record(7)

    assert outbox_task(worker_app).run() is False

    scheme, _, token = books.headers[0]["Authorization"].partition(" ")
    claims = verify_service_token(token, worker_app.extensions["key_ring"], issuer="colophon")
    assert (scheme, claims.service) == ("Bearer", "auth")


@pytest.mark.parametrize("url", ["books:8000", "ftp://books", "http://books/path", "http://", "http://me@books"])
def test_address_of_books_that_is_none_stops_the_start(build_app, service_environment, url):
    with pytest.raises(ConfigurationError, match="AUTH_BOOKS_URL"):
        build_app({**service_environment("auth"), "AUTH_BOOKS_URL": url})


def test_outbox_is_a_task_of_the_worker(worker_app):
    assert "outbox" in [task.name for task in tasks_of(worker_app)]


def test_deletion_of_an_account_reaches_the_server(worker_app, books, add_person):
    client = worker_app.test_client()
    person = add_person(name="Ada")
    client.delete(person.url, json=person.confirmation, headers=person.headers)

    deliver_all(worker_app, outbox_task(worker_app))

    assert [(event["user_id"], event["kind"]) for event in books.received] == [
        (person.id, "account_renamed"),
        (person.id, "account_deleted"),
    ]


def test_two_workers_send_each_event_once_and_keep_the_order_of_each_account(worker_app, books, record):
    with worker_app.app_context():
        for number in range(120):
            record(number % 7, ACCOUNT_DELETED)

    deliver_all(worker_app, outbox_task(worker_app), outbox_task(worker_app))

    assert len(books.received) == len({event["event_id"] for event in books.received}) == 120
    for user_id in range(7):
        assert books.of(user_id) == sorted(books.of(user_id))


def test_worker_that_finds_books_failing_now_and_then_loses_and_reorders_nothing(
    worker_app, books, record, monkeypatch
):
    """Every third answer is an error, after which the server has or has not taken the event; nobody can tell."""
    monkeypatch.setattr(operations, "retry_delay", lambda *_, first, most: first / 100)
    books.answer = lambda event: 500 if len(books.received) % 3 == 0 else 200
    with worker_app.app_context():
        for number in range(40):
            record(number % 5, ACCOUNT_DELETED)

    deliver_all(worker_app, outbox_task(worker_app), outbox_task(worker_app))

    assert undelivered(worker_app) == 0
    for user_id in range(5):
        sequences = books.of(user_id)
        assert sequences == sorted(sequences)
        assert len(set(sequences)) == 8


def test_worker_that_could_not_store_that_an_event_arrived_sends_it_again(worker_app, books, record, monkeypatch):
    with worker_app.app_context():
        record(7)
    real_finish = operations.finish

    def die(*_, **__):
        raise ConnectionResetError

    monkeypatch.setattr(operations, "finish", die)
    with pytest.raises(ConnectionResetError):
        outbox_task(worker_app).run()
    monkeypatch.setattr(operations, "finish", real_finish)
    # The lease is still running: nobody else takes it before that is over.
    assert outbox_task(worker_app).run() is False
    assert len(books.received) == 1

    with worker_app.app_context():
        db.session.execute(AccountEvent.__table__.update().values(leased_until=func.now()))
        db.session.commit()
    outbox_task(worker_app).run()

    assert [event["event_id"] for event in books.received] == [books.received[0]["event_id"]] * 2
    assert undelivered(worker_app) == 0
