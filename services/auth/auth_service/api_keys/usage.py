"""Remembering the use of keys: when and from where last, and what of it belongs into the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Executable, RowMapping, Update, all_, and_, exists, literal, or_, select, update

from auth_service.api_keys.addresses import neighbourhood
from auth_service.api_keys.models import ApiKey
from auth_service.audit import actions
from auth_service.audit.models import AuditEvent
from auth_service.audit.origin import Origin
from auth_service.audit.recording import recording_of_each

# Not at each use: it would make every read a write.
NOTED_EVERY = timedelta(minutes=1)
REFUSAL_RECORDED_EVERY = timedelta(minutes=5)
# A program that moves among a few places is new at none of them twice.
KNOWN_AT_MOST = 20


def is_to_be_noted(key: RowMapping, address: str | None, *, now: datetime) -> bool:
    """Return whether the use of ``key``, a row of ``queries.find_by_secret``, from ``address`` is worth a write."""
    last = key["last_used_at"]
    return last is None or now - last >= NOTED_EVERY or _new_place(key, address) is not None


def noting(key: RowMapping, origin: Origin, *, now: datetime) -> Executable:
    """Return the one statement that notes a use, and a new address in the audit log.

    It does nothing when somebody else noted the same, and waits for nobody who works on the key.
    """
    place = _new_place(key, origin.address)
    values = {"last_used_at": now, "last_used_address": origin.address, "updated_at": ApiKey.updated_at}
    if place is None:
        return _free(key, or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - NOTED_EVERY)).values(values)
    known = [place, *key["known_addresses"]][:KNOWN_AT_MOST]
    noted = _free(key, literal(place) != all_(ApiKey.known_addresses)).values(known_addresses=known, **values)
    return recording_of_each(
        noted.returning(ApiKey.id).cte(),
        actions.API_KEY_USED_FROM_NEW_ADDRESS,
        origin=origin,
        user_id=key["user_id"],
        actor_id=key["user_id"],
        session_id=key["id"],
        details={"api_key": key["id"]},
    )


def noting_refusal(key: RowMapping, origin: Origin, *, reason: str, now: datetime) -> Executable:
    """Return the one statement that records in the audit log that a known ``key`` was refused for ``reason``.

    It does nothing when the same was recorded a moment ago, so that a program that goes on asking fills no log.
    """
    same = and_(
        AuditEvent.session_id == key["id"],
        AuditEvent.action == actions.API_KEY_REFUSED,
        AuditEvent.details["reason"].astext == reason,
        AuditEvent.occurred_at > now - REFUSAL_RECORDED_EVERY,
    )
    return recording_of_each(
        select(literal(1).label("one")).where(~exists().where(same)).cte(),
        actions.API_KEY_REFUSED,
        origin=origin,
        user_id=key["user_id"],
        session_id=key["id"],
        details={"api_key": key["id"], "reason": reason},
    )


def _new_place(key: RowMapping, address: str | None) -> str | None:
    """Return the address, or the /64 of an IPv6 one, if ``key`` was not used from there for long or ever."""
    place = neighbourhood(address)
    return None if place in key["known_addresses"] else place


def _free(key: RowMapping, due: ColumnElement[bool]) -> Update:
    found = select(ApiKey.id).where(ApiKey.id == key["id"], due).with_for_update(skip_locked=True)
    return update(ApiKey).where(ApiKey.id.in_(found)).execution_options(synchronize_session=False)
