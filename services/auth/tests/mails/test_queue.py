"""Mails from the transaction they are written in to the worker that sends them."""

from __future__ import annotations

import select
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func
from sqlalchemy import select as select_rows

from auth_service.extensions import db
from auth_service.mails import operations
from auth_service.mails.models import Mail
from auth_service.mails.task import mails_task
from auth_service.users.models import User
from auth_service.worker import tasks_of

from .conftest import LINK


def count(app):
    with app.app_context():
        return db.session.scalar(select_rows(func.count()).select_from(Mail))


def test_mail_is_queued_by_the_commit_of_the_caller(app, servers, worker_number, queue, truncated):
    with closing(servers.connect(f"auth_{worker_number}")) as listener, listener.cursor() as cursor:
        cursor.execute(f"LISTEN {operations.WORK_CHANNEL}")
        with app.app_context():
            values = {"name": None, "link": LINK, "expires_minutes": 5}
            operations.queue_mail(
                db.session, "verify_email", "a@example.org", user_id=None, values=values, now=datetime.now(UTC)
            )
            db.session.rollback()
        assert count(app) == 0
        listener.poll()
        assert listener.notifies == []

        with app.app_context():
            queue()
        assert count(app) == 1
        select.select([listener], [], [], 5)
        listener.poll()
        assert len(listener.notifies) == 1


def test_what_the_caller_has_not_stored_yet_stays_the_callers(app, rolled_back):
    """A constraint that it violates has to be noticed where the caller looks for it."""
    with app.app_context():
        db.session.add(User(email="half", email_normalized=None))
        values = {"name": None, "link": LINK, "expires_minutes": 5}
        operations.queue_mail(
            db.session, "verify_email", "a@example.org", user_id=None, values=values, now=datetime.now(UTC)
        )
        db.session.rollback()


@pytest.mark.parametrize("recipient", ["", "nobody", "a@example.org\r\nBcc: b@example.org", "a@example.org,b@c.org"])
def test_mail_to_no_address_is_not_queued(app, rolled_back, queue, recipient):
    with app.app_context(), pytest.raises(ValueError, match="Not an e-mail address"):
        queue(recipient)


def test_mails_of_an_account_go_with_it(app, client, add_person, admin, queue):
    person = add_person()
    with app.app_context():
        queue(person.email, user_id=person.id)
        before = db.session.scalar(select_rows(func.count()).select_from(Mail))
    client.delete(person.url, headers=admin.headers)

    assert count(app) == before - 1


def test_notice_is_no_news_after_a_week_and_goes_unsent(context, transport, mailbox, queue, deliver, stored):
    mail_id = queue(kind="password_changed", happened_at=datetime.now(UTC))

    deliver(transport, later=timedelta(days=7, seconds=1).total_seconds())

    assert mailbox.messages == []
    assert stored(mail_id).failed_at is not None


def test_mail_that_nothing_sends_is_pruned_when_it_expired_long_ago(context, queue):
    queue()

    now = datetime.now(UTC)
    assert operations.prune_mails(db.session, now=now + timedelta(days=30)) == 0
    assert operations.prune_mails(db.session, now=now + timedelta(days=31)) == 1


def test_two_workers_send_no_mail_twice(app, transport, mailbox, queue, deliver, truncated):
    with app.app_context():
        for number in range(30):
            queue(f"reader{number}@example.org")
    together = threading.Barrier(3)

    def work(_):
        with app.app_context():
            together.wait(10)
            while deliver(transport):
                pass

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, range(3)))

    assert sorted(message["To"] for message in mailbox.messages) == sorted(f"reader{n}@example.org" for n in range(30))


@pytest.fixture(name="configure")
def _configure(app, monkeypatch):
    """Return a function that gives the application other settings."""
    return lambda **changes: monkeypatch.setitem(app.config, "SERVICE", replace(app.config["SERVICE"], **changes))


def test_task_sends_what_is_due(app, rolled_back, configure, start_server, mailbox, queue):
    configure(smtp_host="127.0.0.1", smtp_port=start_server(), smtp_security="none", mail_from="a@example.org")
    (task,) = [task for task in tasks_of(app) if task.name == "mails"]
    with app.app_context():
        queue()

    assert task.run() is False
    assert len(mailbox.messages) == 1


def test_task_without_a_mail_server_says_so_and_keeps_the_mails(app, rolled_back, configure, queue, stored, caplog):
    configure(smtp_host=None)
    with app.app_context():
        mail_id = queue()

    task = mails_task(app)

    assert [task.run() for _ in range(3)] == [False] * 3
    (told,) = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert (told["event"], told["waiting"], told["read_them"]) == ("mails_are_not_sent", 1, "make mails")
    with app.app_context():
        assert LINK in stored(mail_id).text
