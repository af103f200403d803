"""What changes mails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, or_

from auth_service.extensions import WORK_CHANNEL
from auth_service.mails.message import message_of
from auth_service.mails.models import Mail
from auth_service.mails.rendering import render_mail
from auth_service.mails.transport import MailRefused, MailServerAway, SmtpConnection, SmtpTransport
from auth_service.users.names import email_problem
from servicekit.database import DatabaseSession
from servicekit.pruning import delete_in_batches
from servicekit.work_queue import claim_due, finish, postpone, readable_error, retry_delay, wake

log = structlog.get_logger(__name__)

# Longer than all waits of one mail together, each of which ends after 10 s.
LEASE = timedelta(minutes=5)
# A worker that shall end has 20 s, a mail that is under way included.
ROUND_LASTS_AT_MOST = timedelta(seconds=5)
FIRST_DELAY = timedelta(seconds=30)
# A server that does not want this mail now, and one that is away: it will be back for all mails.
MOST_DELAY_WHEN_REFUSED = timedelta(hours=6)
MOST_DELAY_WHEN_AWAY = timedelta(minutes=10)
EMPTIED = {"text": "", "html": ""}
KEPT_WHEN_DONE = timedelta(days=30)
# What happened a week ago is no news, and a mail server that is set up later shall not tell it.
NOTICE_COUNTS_FOR = timedelta(days=7)

Clock = Callable[[], datetime]


def queue_mail(
    session: DatabaseSession, kind: str, recipient: str, *, user_id: int | None, values: dict[str, Any], now: datetime
) -> None:
    """Write a mail and store it to be sent as soon as the caller has committed; nothing is committed here.

    A mail with ``expires_minutes`` among its ``values`` is not sent after that time, any other not after a week.

    Args:
        session: of the transaction in which happens what the mail tells.
        kind: one of ``kinds``.
        recipient: the e-mail address.
        user_id: whose mail it is; it goes when the account goes.
        values: what ``kinds`` lists for the kind, and ``name`` and ``link``.
        now: the time.

    Raises:
        ValueError: kind, values or recipient are not usable.
    """
    if problem := email_problem(recipient):
        raise ValueError(problem)
    written = render_mail(kind, values)
    counts_for = timedelta(minutes=values["expires_minutes"]) if "expires_minutes" in values else NOTICE_COUNTS_FOR
    session.add(
        Mail(
            kind=kind,
            user_id=user_id,
            recipient=recipient,
            subject=written.subject,
            text=written.text,
            html=written.html,
            expires_at=now + counts_for,
        )
    )
    wake(session, WORK_CHANNEL)


def deliver_due_mails(session: DatabaseSession, transport: SmtpTransport, *, clock: Clock) -> bool:
    """Send the mails that are due, one after the other; return whether there may be more to do at once.

    Each is claimed and committed before it is sent, and settled and committed afterwards. Whoever is killed in between
    leaves a mail that is sent once more when the lease runs out: at least once. A server that is away ends the round.
    """
    round_ends_at = clock() + ROUND_LASTS_AT_MOST
    with transport.connection() as connection:
        while clock() < round_ends_at:
            claimed = claim_due(session, Mail, now=clock(), lease=LEASE, limit=1)
            session.commit()
            if not claimed or not _deliver(session, transport, connection, claimed[0], clock=clock):
                return False
    return True


def prune_mails(session: DatabaseSession, *, now: datetime, keep: timedelta = KEPT_WHEN_DONE) -> int:
    """Delete the mails that were sent, given up or expired longer than ``keep`` ago; return how many."""
    return delete_in_batches(session, Mail.id, or_(Mail.done_at < now - keep, Mail.expires_at < now - keep))


def _deliver(
    session: DatabaseSession, transport: SmtpTransport, connection: SmtpConnection, mail: Row[Any], *, clock: Clock
) -> bool:
    """Send a claimed mail and settle it; return False when the server is away."""
    if mail.expires_at is not None and mail.expires_at <= clock():
        _give_up(session, mail, "It expired before it could be sent.", now=clock())
        return True
    try:
        message, recipient = message_of(mail, transport.sender, clock())
    except ValueError as unusable:
        _give_up(session, mail, str(unusable), now=clock())
        return True
    try:
        connection.send(message, recipient)
    except MailServerAway as away:
        log.warning("mail_server_away", reason=away.reason)
        _put_off(session, mail, str(away), most=MOST_DELAY_WHEN_AWAY, now=clock())
        return False
    except MailRefused as refused:
        if refused.final:
            _give_up(session, mail, str(refused), now=clock())
        else:
            _put_off(session, mail, str(refused), most=MOST_DELAY_WHEN_REFUSED, now=clock())
        return True
    finish(session, Mail, mail, now=clock(), **EMPTIED)
    session.commit()
    log.info("mail_sent", mail_id=mail.id, kind=mail.kind, attempts=mail.attempts)
    return True


def _give_up(session: DatabaseSession, mail: Row[Any], error: str, *, now: datetime) -> None:
    finish(session, Mail, mail, now=now, failed_at=now, last_error=readable_error(error), **EMPTIED)
    session.commit()
    log.warning("mail_given_up", mail_id=mail.id, kind=mail.kind, attempts=mail.attempts)


def _put_off(session: DatabaseSession, mail: Row[Any], error: str, *, most: timedelta, now: datetime) -> None:
    delay = retry_delay(mail.attempts, first=FIRST_DELAY, most=most)
    postpone(session, Mail, mail, now=now, delay=delay, error=error)
    session.commit()
    log.warning(
        "mail_put_off",
        mail_id=mail.id,
        kind=mail.kind,
        attempts=mail.attempts,
        again_in_seconds=round(delay.total_seconds()),
    )
