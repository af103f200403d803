"""The store of answers, see ``servicekit.idempotency``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from books_service.accounts.presence import hold_account
from books_service.idempotency.models import IdempotencyKey
from books_service.idempotency.queries import find_kept_answer
from servicekit.database import DatabaseSession
from servicekit.idempotency import IdempotencyKeyInUse, IdempotencyKeyReused, KeptAnswer, RequestedKey

# More than one, so that the table shrinks again after many keys.
PRUNED_AT_ONCE = 10
FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """Answers in the database, each for ``kept_for``, stored by whoever changes something in the same transaction."""

    session: DatabaseSession
    kept_for: timedelta

    def claim(self, user_id: int, key: RequestedKey) -> KeptAnswer | None:
        """Return what ``user_id`` was answered under ``key``; None reserves the key until the transaction ends.

        Raises:
            IdempotencyKeyInUse: another transaction has reserved it.
            IdempotencyKeyReused: the answer is that of another request.
            TokenRevoked: the account of ``user_id`` is deleted.
        """
        # Before the account, against the rule: nobody ever waits for this lock.
        if not self.session.scalar(select(func.pg_try_advisory_xact_lock(lock_number(user_id, key.text)))):
            raise IdempotencyKeyInUse
        # Whatever the operation does, its answer is not to outlive the account.
        hold_account(self.session, user_id)
        # A statement after that of the lock: it sees what the last holder committed.
        row = find_kept_answer(self.session, user_id, key.text)
        if row is None:
            return None
        if row["fingerprint"] != key.fingerprint:
            raise IdempotencyKeyReused
        return KeptAnswer(row["status"], row["headers"], row["body"])

    def keep(self, user_id: int, key: RequestedKey, answer: KeptAnswer) -> None:
        """Store ``answer`` under a key that was claimed, in the place of one that has expired."""
        content = {
            "fingerprint": key.fingerprint,
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": answer.body,
            "expires_at": func.now() + self.kept_for,
        }
        table = IdempotencyKey.__table__
        self.session.execute(
            insert(table)
            .values(user_id=user_id, key=key.text, **content)
            .on_conflict_do_update(
                index_elements=[table.c.user_id, table.c.key],
                set_={**content, "version": table.c.version + 1, "updated_at": func.now()},
            )
        )
        # Last, and past what others hold: a transaction that has pruned waits for nobody any more.
        prune_some(self.session)


def prune_some(session: DatabaseSession) -> None:
    """Remove a few of the answers that expired longest ago."""
    table = IdempotencyKey.__table__
    expired = (
        select(table.c.user_id, table.c.key)
        .where(table.c.expires_at <= func.now())
        .order_by(table.c.expires_at)
        .limit(PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte()
    )
    session.execute(
        delete(table).where(tuple_(table.c.user_id, table.c.key).in_(select(expired.c.user_id, expired.c.key)))
    )


def forget_kept_answers(session: DatabaseSession, user_id: int) -> bool:
    """Remove some of the answers that are kept for ``user_id``; return whether there was none.

    The caller keeps the user from getting more.
    """
    table = IdempotencyKey.__table__
    some = select(table.c.key).where(table.c.user_id == user_id).limit(FORGOTTEN_AT_ONCE)
    removed: Any = session.execute(delete(table).where(table.c.user_id == user_id, table.c.key.in_(some)))
    return not removed.rowcount


def lock_number(user_id: int, key: str) -> int:
    """Return the advisory lock of a key; that two share one is as good as impossible, and would do no harm."""
    digest = hashlib.blake2b(f"{user_id} {key}".encode(), digest_size=8, person=b"idempotency").digest()
    return int.from_bytes(digest, "big", signed=True)
