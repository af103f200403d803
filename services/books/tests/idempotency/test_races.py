"""Repeated requests at once, and requests that break off, on real commits."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.books import operations
from books_service.books.models import Book
from books_service.extensions import db
from books_service.idempotency import kept_answers
from books_service.idempotency.models import IdempotencyKey

BOOKS = "/api/v1/books"
AT_ONCE = 100


@pytest.fixture(name="send")
def _send(app, truncated, empty_redis, tokens, monkeypatch):
    """Sends one request under the key "one"; every call is a client of its own."""
    monkeypatch.setitem(app.extensions["rate_limits"], "rate_limit_writes", "1000000 per minute")

    def send(user_id=1, title="It", key="one"):
        headers = {**tokens.headers(user_id), "Idempotency-Key": key}
        return app.test_client().post(BOOKS, json={"title": title}, headers=headers)

    return send


@pytest.fixture(name="counts")
def _counts(app):
    """Returns how many books and keys are stored."""

    def counts():
        with app.app_context():
            return tuple(db.session.scalar(select(func.count()).select_from(table)) for table in (Book, IdempotencyKey))

    return counts


def test_a_hundred_requests_with_one_key_at_once_make_one_book(send, counts):
    barrier = threading.Barrier(AT_ONCE)

    def insist(_number):
        barrier.wait(timeout=30)
        while True:
            answer = send()
            # As a client does; 503 is a pool of connections that is too small for so many.
            if answer.status_code not in (409, 503):
                return answer
            assert answer.status_code == 503 or answer.get_json()["error"]["code"] == "idempotency_key_in_use"
            assert int(answer.headers["Retry-After"]) >= 1

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(insist, range(AT_ONCE)))

    assert {(answer.status_code, answer.get_data()) for answer in answers} == {(201, answers[0].get_data())}
    assert len([answer for answer in answers if "Idempotency-Replayed" not in answer.headers]) == 1
    assert counts() == (1, 1)


def test_key_of_a_request_under_way_is_refused_without_waiting_and_others_go_on(send, counts, monkeypatch):
    # The first writing of an account makes its row, for which the second one waits.
    send(key="before")
    under_way, go_on = threading.Event(), threading.Event()
    insert_contributors = operations._insert_contributors

    def wait(*args):
        if not under_way.is_set():
            under_way.set()
            assert go_on.wait(timeout=10)
        insert_contributors(*args)

    monkeypatch.setattr(operations, "_insert_contributors", wait)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send)
        assert under_way.wait(timeout=10)
        refused = send()
        another_body = send(title="We")
        elsewhere = [send(key="two"), send(user_id=2)]
        go_on.set()
        created = first.result(timeout=10)

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert refused.headers["Retry-After"] == "1"
    assert another_body.get_json()["error"]["code"] == "idempotency_key_in_use"
    assert [answer.status_code for answer in elsewhere] == [201, 201]
    assert created.status_code == 201
    assert send().get_data() == created.get_data()
    assert counts() == (4, 4)


def test_request_that_breaks_off_before_its_commit_leaves_nothing(send, counts, monkeypatch):
    """The connection of the service dies when book and answer are written: the latest moment there is."""
    with monkeypatch.context() as patch:
        patch.setattr(
            kept_answers,
            "prune_some",
            lambda session: session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")),
        )
        assert send().status_code == 503
    assert counts() == (0, 0)

    again = send()

    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)
    assert counts() == (1, 1)


def test_request_whose_commit_got_no_answer_is_found_by_its_repetition(app, send, counts, monkeypatch):
    class CommitUnknown(OperationalError):
        pass

    commit = db.session.commit

    def commit_and_hear_nothing():
        commit()
        raise CommitUnknown("COMMIT", {}, Exception("the server did not answer"))

    with monkeypatch.context() as patch:
        patch.setattr(db.session, "commit", commit_and_hear_nothing)
        assert send().status_code == 503

    again = send()

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert counts() == (1, 1)


def test_no_key_of_a_deleted_account_remains_however_requests_and_deletion_meet(app, send, counts):
    for user_id in range(11, 19):
        barrier = threading.Barrier(5)

        def forget(user_id=user_id, barrier=barrier):
            barrier.wait(timeout=10)
            event = AccountEvent("0" * 32, 1, user_id, DELETED, {}, datetime.now(UTC))
            with app.app_context():
                return accounts.apply_event(db.session, event)

        def create(number, user_id=user_id, barrier=barrier):
            barrier.wait(timeout=10)
            return send(user_id=user_id, key=f"k{number}").status_code

        with ThreadPoolExecutor(5) as pool:
            deletion = pool.submit(forget)
            statuses = list(pool.map(create, range(4)))
            assert deletion.result(timeout=20) == APPLIED
        assert set(statuses) <= {201, 401}
        assert counts()[1] == 0


def test_keys_that_are_renewed_and_pruned_at_once_never_deadlock(app, send, counts, monkeypatch):
    monkeypatch.setattr(kept_answers, "PRUNED_AT_ONCE", 3)
    for turn in range(5):
        with app.app_context():
            db.session.execute(text("UPDATE books.idempotency_keys SET expires_at = now() - interval '1 day'"))
            db.session.commit()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number, turn=turn: send(key=f"k{number}", title=f"{turn}"), range(8)))
        assert [answer.status_code for answer in answers] == [201] * 8
        assert not [answer for answer in answers if "Idempotency-Replayed" in answer.headers]
    assert counts() == (40, 8)
