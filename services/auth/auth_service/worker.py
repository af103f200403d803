"""What auth does outside of requests: `python -m auth_service.worker`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from auth_service.api_keys import operations as api_keys
from auth_service.app import create_app
from auth_service.attempts import operations as attempts
from auth_service.config import AuthConfig
from auth_service.extensions import WORK_CHANNEL, db, wiring
from auth_service.mails import operations as mails
from auth_service.mails.task import mails_task
from auth_service.mfa import operations as mfa
from auth_service.outbox import operations as outbox
from auth_service.outbox.task import outbox_task
from auth_service.recovery import operations as recovery
from auth_service.revocations import operations as revocations
from auth_service.sessions import operations as sessions
from servicekit import env
from servicekit.database import bound_socket_waits
from servicekit.worker import Task, listening_connection, run_worker

HEARTBEATS = Path("/tmp/worker")  # noqa: S108 - the container's own
RECONCILE_SECONDS = 2.0
RECOVERY_SECONDS = 1.0
PRUNE_SECONDS = 900.0


def tasks_of(app: Flask) -> list[Task]:
    """Return every task of the worker of ``app``."""
    return [
        Task("reconcile-revocations", RECONCILE_SECONDS, in_context(app, _reconcile_revocations)),
        mails_task(app),
        outbox_task(app),
        Task("recovery", RECOVERY_SECONDS, in_context(app, _answer_recovery_request)),
        Task("prune", PRUNE_SECONDS, in_context(app, _prune)),
    ]


def in_context(app: Flask, run: Callable[[], bool]) -> Callable[[], bool]:
    """Return ``run`` inside a context of ``app`` of its own, which gives it a database session of its own."""

    def round_in_context() -> bool:
        with app.app_context():
            return run()

    return round_in_context


def _reconcile_revocations() -> bool:
    revocations.reconcile(db.session, wiring().revocation.revocations, now=datetime.now(UTC))
    return False


def _answer_recovery_request() -> bool:
    return recovery.answer_next_request(db.session, wiring().account_mails, now=datetime.now(UTC))


def _prune() -> bool:
    now = datetime.now(UTC)
    revocations.prune_revocations(db.session, now=now)
    attempts.prune_failed_attempts(db.session, wiring().attempts, now=now)
    mfa.prune_challenges(db.session, now=now)
    sessions.prune_sessions(db.session, keep_ended=wiring().revocation.longest_life, now=now)
    mails.prune_mails(db.session, now=now)
    outbox.prune_events(db.session, now=now)
    api_keys.prune_api_keys(db.session, now=now)
    recovery.prune_recovery(db.session, now=now)
    return False


def main() -> None:
    """Run the tasks until SIGTERM."""
    with env.exit_with_problems():
        config = env.load_or_exit(AuthConfig)
        app = create_app(config)
    bound_socket_waits()
    run_worker(
        tasks_of(app),
        listen=listening_connection(config.sqlalchemy_url(), "auth-worker"),
        channel=WORK_CHANNEL,
        heartbeat_dir=HEARTBEATS,
    )


if __name__ == "__main__":
    main()
