"""What ends tokens at the request of who holds them."""

from __future__ import annotations

from datetime import datetime

from auth_service.audit import actions
from auth_service.audit.origin import Origin
from auth_service.audit.recording import record
from auth_service.revocations.revoking import AccessTokenRevocation
from auth_service.sessions.models import UserSession
from auth_service.sessions.queries import find_session_id_of_token
from auth_service.sessions.signing import AccessTokenIssuer
from auth_service.tokens import queries
from auth_service.tokens.reading import read_access_token, read_refresh_token
from servicekit.access_tokens import VIA_SESSION
from servicekit.database import DatabaseSession
from servicekit.revocation import session_name


def revoke_token(
    session: DatabaseSession,
    issuer: AccessTokenIssuer,
    revocation: AccessTokenRevocation,
    token: str,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """End the session that ``token`` belongs to, with every token of it (RFC 7009, section 2.1).

    Nothing happens when it is no token of ours, or does not count any more, or comes from an API key: such a token is
    over within a minute, and the key is its owner's to revoke. A refresh token that was used before ends its session as
    it would by being used again.
    """
    session_id = _session_of(session, issuer, token, now=now)
    if session_id is None:
        return
    ending = session.get(UserSession, session_id, with_for_update=True, populate_existing=True)
    if ending is None or ending.revoked_at is not None:
        return
    ending.revoked_at = now
    names = [session_name(session_id)]
    record(session, actions.TOKEN_REVOKED, origin=origin, user_id=ending.user_id, session_id=session_id)
    revocation.record(session, names, now=now)
    session.commit()
    revocation.announce(names)


def _session_of(session: DatabaseSession, issuer: AccessTokenIssuer, token: str, *, now: datetime) -> str | None:
    claims = read_access_token(issuer, token)
    if claims is None:
        return find_session_id_of_token(session, read_refresh_token(token))
    if claims.via != VIA_SESSION or queries.find_owner(session, claims, now=now) is None:
        return None
    return claims.session_id
