"""Making, changing, rotating and revoking API keys, and exchanging them for access tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Executable, RowMapping, or_, select
from sqlalchemy.exc import SQLAlchemyError

from auth_service.api_keys import queries, usage
from auth_service.api_keys.errors import (
    ApiKeyNotFound,
    ApiKeyNotLive,
    ApiKeyRefused,
    ApiKeyUnknown,
    ExpiryNotAhead,
    ScopesNotGrantable,
    TooManyApiKeys,
)
from auth_service.api_keys.key_secrets import hash_of_secret, is_well_formed, new_key_id, new_secret, shown_prefix
from auth_service.api_keys.lives import Lives, lives_until
from auth_service.api_keys.models import ApiKey
from auth_service.api_keys.verdicts import end_of_use
from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.mfa.requirement import MfaRequirement
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.sessions.signing import AccessTokenIssuer
from auth_service.users.models import User
from auth_service.users.roles import scopes_for_key
from servicekit.access_tokens import VIA_API_KEY, TokenRevoked
from servicekit.database import DatabaseSession
from servicekit.entity_tags import IfMatch
from servicekit.envelope import NothingToUpdate
from servicekit.pruning import delete_in_batches
from servicekit.revocation import session_name

log = structlog.get_logger(__name__)

# As long as a key that is over is shown to its owner, and explained to who still sends it.
KEPT_AFTER_END = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The access token that a key was exchanged for, and how long it may be used."""

    access_token: str = field(repr=False)
    lives: Lives


def create_api_key(
    session: DatabaseSession,
    *,
    user_id: int,
    epoch: int,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    allowed_addresses: Sequence[str] | None = None,
    most_per_user: int,
    origin: Origin,
    now: datetime,
) -> tuple[str, str]:
    """Return the id and the secret of a new key; the secret is stored by its hash alone.

    ``epoch`` is that in which the owner asks: what ends it meanwhile, such as a reset of the password, has revoked the
    keys that it knew of, and no other may follow.

    Raises:
        ExpiryNotAhead: the key would be over at once.
        ScopesNotGrantable: the owner does not have some of ``scopes``, or cannot give them to a key.
        TooManyApiKeys: the owner has ``most_per_user`` live keys.
        TokenRevoked: the owner is gone or in another epoch.
    """
    _check_ahead(expires_at, now)
    role = _locked_owner_role(session, user_id, User.token_epoch == epoch)
    granted = _granted(role, scopes)
    if queries.count_live(session, user_id, now=now) >= most_per_user:
        raise TooManyApiKeys
    secret = new_secret()
    key = ApiKey(
        id=new_key_id(),
        user_id=user_id,
        name=name,
        prefix=shown_prefix(secret),
        secret_hash=hash_of_secret(secret),
        scopes=granted,
        allowed_addresses=_without_repetition(allowed_addresses or ()),
        expires_at=expires_at,
        created_at=now,
    )
    session.add(key)
    session.flush()
    _record(session, actions.API_KEY_CREATED, key, origin, scopes=granted)
    key_id = key.id
    session.commit()
    return key_id, secret


def update_api_key(
    session: DatabaseSession,
    key_id: str,
    changes: Mapping[str, Any],
    *,
    owner_id: int,
    if_match: IfMatch,
    origin: Origin,
    now: datetime,
) -> None:
    """Set the fields of ``changes`` on a key: name, scopes, expires_at, allowed_addresses; others stay.

    Raises:
        NothingToUpdate: no field is named.
        ApiKeyNotFound: ``owner_id`` has no such key.
        PreconditionFailed: ``if_match`` names another version of the key.
        ApiKeyNotLive: the key is revoked or has expired.
        ExpiryNotAhead: the key would be over at once.
        ScopesNotGrantable: the owner does not have some of the scopes that the key lacks.
        TokenRevoked: the owner is gone.
    """
    if not changes:
        raise NothingToUpdate
    # The owner is locked before the key, as it is when a user is deleted.
    role = _locked_owner_role(session, owner_id)
    key = _locked_live(session, key_id, owner_id=owner_id, if_match=if_match, now=now)
    values = dict(changes)
    if "scopes" in values:
        values["scopes"] = _granted(role, values["scopes"], kept=key.scopes)
    if "allowed_addresses" in values:
        values["allowed_addresses"] = _without_repetition(values["allowed_addresses"] or ())
    changed = [name for name, value in values.items() if value != getattr(key, name)]
    if "expires_at" in changed:
        _check_ahead(values["expires_at"], now)
    for name in changed:
        setattr(key, name, values[name])
    if changed:
        session.flush()
        _record(session, actions.API_KEY_CHANGED, key, origin, fields=changed)
    session.commit()


def rotate_api_key(
    session: DatabaseSession,
    key_id: str,
    *,
    owner_id: int,
    overlap_seconds: int,
    if_match: IfMatch,
    origin: Origin,
    now: datetime,
) -> str:
    """Return a new secret for a key; the one before works for ``overlap_seconds`` more, one before that no longer.

    Raises:
        ApiKeyNotFound: ``owner_id`` has no such key.
        PreconditionFailed: ``if_match`` names another version of the key.
        ApiKeyNotLive: the key is revoked or has expired.
    """
    key = _locked_live(session, key_id, owner_id=owner_id, if_match=if_match, now=now)
    secret = new_secret()
    key.previous_secret_hash = key.secret_hash if overlap_seconds else None
    key.previous_valid_until = now + timedelta(seconds=overlap_seconds) if overlap_seconds else None
    key.secret_hash, key.prefix = hash_of_secret(secret), shown_prefix(secret)
    session.flush()
    _record(session, actions.API_KEY_ROTATED, key, origin, overlap_seconds=overlap_seconds)
    session.commit()
    return secret


def revoke_api_key(
    session: DatabaseSession,
    revocation: AccessTokenRevocation,
    key_id: str,
    *,
    owner_id: int | None,
    if_match: IfMatch,
    origin: Origin,
    now: datetime,
) -> None:
    """Revoke a key of ``owner_id``, or of anybody when that is None: its tokens are refused from now on.

    A key that is revoked already stays as it is, and Redis is told once more.

    Raises:
        ApiKeyNotFound: there is no such key.
        PreconditionFailed: ``if_match`` names another version of the key.
    """
    key = _locked(session, key_id, owner_id)
    if_match.check(key.version)
    names = [session_name(key.id)]
    if key.revoked_at is None:
        key.revoked_at = now
        session.flush()
        _record(session, actions.API_KEY_REVOKED, key, origin)
        revocation.record(session, names, now=now)
    session.commit()
    revocation.announce(names)


def exchange_api_key(
    session: DatabaseSession,
    requirement: MfaRequirement,
    issuer: AccessTokenIssuer,
    secret: str,
    *,
    origin: Origin,
    now: datetime,
) -> Exchanged:
    """Return the access token for the key with ``secret``, sent from the address of ``origin``.

    It carries those scopes of the key that its owner still has; none, where the owner lacks a required second factor.

    Raises:
        ApiKeyUnknown, ApiKeyRevoked, ApiKeyExpired, ApiKeyAddressNotAllowed: there is none.
    """
    key = queries.find_by_secret(session, hash_of_secret(secret)) if is_well_formed(secret) else None
    if key is None:
        raise ApiKeyUnknown
    try:
        end = end_of_use(key, origin.address, now=now)
    except ApiKeyRefused as refusal:
        _note(session, key, usage.noting_refusal(key, origin, reason=refusal.code, now=now))
        raise
    lives = lives_until(end, token_life=issuer.life, now=now)
    if usage.is_to_be_noted(key, origin.address, now=now):
        _note(session, key, usage.noting(key, origin, now=now))
    of_owner = requirement.effective_scopes(session, key["user_id"], key["owner_role"])
    token = issuer.issue(
        user_id=key["user_id"],
        role=key["owner_role"],
        scopes=[scope for scope in scopes_for_key(key["owner_role"], key["scopes"]) if scope in of_owner],
        session_id=key["id"],
        epoch=key["owner_epoch"],
        via=VIA_API_KEY,
        life=lives.token,
        now=now,
    )
    return Exchanged(token, lives)


def prune_api_keys(session: DatabaseSession, *, now: datetime) -> int:
    """Delete the keys that were revoked or expired long ago; return how many."""
    end = now - KEPT_AFTER_END
    return delete_in_batches(session, ApiKey.id, or_(ApiKey.revoked_at < end, ApiKey.expires_at < end))


def _note(session: DatabaseSession, key: RowMapping, noting: Executable) -> None:
    """Note what was done with ``key``, unless that cannot be done at once: it is not worth a refusal."""
    try:
        session.execute(noting)
        session.commit()
    except SQLAlchemyError as error:
        session.rollback()
        log.warning("api_key_use_not_noted", api_key=key["id"], reason=type(error).__name__)


def _locked_owner_role(session: DatabaseSession, user_id: int, *conditions: ColumnElement[bool]) -> str:
    """Return the role of a user, which now stays, as does what is counted for the user under this lock.

    Raises:
        TokenRevoked: the user is gone, or ``conditions`` do not hold.
    """
    locking = select(User.role).where(User.id == user_id, *conditions).with_for_update(key_share=True)
    role = session.scalar(locking)
    if role is None:
        raise TokenRevoked
    return role


def _locked(session: DatabaseSession, key_id: str, owner_id: int | None) -> ApiKey:
    key = session.get(ApiKey, key_id, with_for_update=True, populate_existing=True)
    if key is None or owner_id not in (None, key.user_id):
        raise ApiKeyNotFound
    return key


def _locked_live(session: DatabaseSession, key_id: str, *, owner_id: int, if_match: IfMatch, now: datetime) -> ApiKey:
    key = _locked(session, key_id, owner_id)
    if_match.check(key.version)
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise ApiKeyNotLive
    return key


def _granted(role: str, scopes: Sequence[str], *, kept: Sequence[str] = ()) -> list[str]:
    """Return ``scopes`` without repetition, each of which the owner may give to a key or the key has already."""
    grantable = scopes_for_key(role, scopes)
    refused = [scope for scope in _without_repetition(scopes) if scope not in grantable and scope not in kept]
    if refused:
        raise ScopesNotGrantable(refused)
    return _without_repetition(scopes)


def _without_repetition(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _check_ahead(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise ExpiryNotAhead


def _record(session: DatabaseSession, action: str, key: ApiKey, origin: Origin, **details: Any) -> None:
    about = {"api_key": key.id, "name": key.name, **details}
    record(session, action, origin=origin, user_id=key.user_id, details=about)
