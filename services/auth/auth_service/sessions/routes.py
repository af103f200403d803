"""The HTTP interface of signing in."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from auth_service import limits
from auth_service.callers import current_caller, request_origin
from auth_service.extensions import db, wiring
from auth_service.mfa.challenges import IssuedChallenge
from auth_service.mfa.representation import represent_challenge
from auth_service.sessions import operations, queries
from auth_service.sessions.errors import RefreshTokenInvalid, RefreshTokenMissing, SessionNotFound
from auth_service.sessions.refresh_tokens import MAXIMUM_CHARACTERS
from auth_service.sessions.representation import represent_session, represent_sign_in, represent_tokens
from auth_service.sessions.schemas import (
    LoginSchema,
    RefreshSchema,
    SessionSchema,
    SignInSchema,
    SignOutQuerySchema,
    TokensSchema,
)
from auth_service.users import operations as users
from auth_service.users import queries as user_queries
from auth_service.users.representation import represent_user, user_url
from auth_service.users.roles import ENROL, MANAGE_ACCOUNT
from auth_service.users.schemas import RegistrationSchema, UserSchema
from servicekit.access import OWN_CREDENTIALS, PUBLIC, SIGNED_IN, access, bearer_token, current_principal
from servicekit.access_tokens import TokenInvalid, TokenRevoked
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import entity_tag
from servicekit.pagination import Page, PageQuerySchema, page_request

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="Registering and signing in.")


@blueprint.route("/register", methods=["POST"])
@access(PUBLIC)
@limits.registrations
@blueprint.arguments(RegistrationSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(201, UserSchema)
def register_user(values: dict[str, Any]) -> Answer:
    """Make an account of one's own"""
    ask_to_verify = partial(wiring().account_mails.ask_to_verify, db.session, now=datetime.now(UTC))
    user_id = users.create_user(
        db.session, wiring().passwords, **values, origin=request_origin(), by_oneself=True, also=ask_to_verify
    )
    user = user_queries.get_user(db.session, user_id)
    return Answer(represent_user(user), headers={"Location": user_url(user_id), **entity_tag(user["version"])})


@blueprint.route("/login", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.sign_ins
@limits.failed_attempts
@blueprint.arguments(LoginSchema)
@blueprint.alt_response(403, response="Failure")
@blueprint.response(200, SignInSchema)
def log_in(values: dict[str, Any]) -> dict[str, Any]:
    """Sign in with e-mail address or username and password

    A user with a second factor gets no tokens yet but a challenge, to be answered at `/api/v1/auth/login/mfa`. An
    access token that is sent along is not looked at.
    """
    issued, user = operations.sign_in(
        db.session,
        wiring().passwords,
        wiring().attempts,
        wiring().mfa_requirement,
        wiring().issuer,
        wiring().refresh_tokens,
        email=values.get("email"),
        username=values.get("username"),
        password=values["password"],
        verified_email_required=wiring().account_mails.verification_is_required,
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    if isinstance(issued, IssuedChallenge):
        return represent_challenge(issued)
    return represent_sign_in(issued, wiring().issuer.life, user)


@blueprint.route("/refresh", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.refreshes
@blueprint.arguments(RefreshSchema, required=False)
@blueprint.response(200, TokensSchema)
def refresh_tokens(values: dict[str, Any]) -> dict[str, Any]:
    """Get new tokens for a refresh token, which is used up

    Send it as `Authorization: Bearer` or as `refresh_token` in the body; the body counts when both are there. For a few
    seconds a used token gives the same successor again, so that neither a lost answer nor parallel refreshes sign
    anybody out. Later, or once the successor was used, it ends the session: one of the two who had it is not its owner.
    """
    tokens = operations.refresh(
        db.session,
        wiring().mfa_requirement,
        wiring().issuer,
        wiring().refresh_tokens,
        wiring().revocation,
        values.get("refresh_token") or _refresh_token_of_header(),
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return represent_tokens(tokens, wiring().issuer.life)


@blueprint.route("/logout", methods=["POST"])
@access(ENROL)
@limits.writes
@blueprint.arguments(SignOutQuerySchema, location="query")
@blueprint.response(204)
def log_out(arguments: dict[str, Any]) -> None:
    """End the session of the access token, all others, or all; their tokens are refused from then on"""
    caller, own_id = current_caller(), current_principal().session_id
    if arguments["sessions"] == "this":
        try:
            _end_session(caller["id"], own_id)
        except SessionNotFound as error:
            raise TokenRevoked from error
        return
    operations.end_sessions_of_user(
        db.session,
        wiring().revocation,
        user_id=caller["id"],
        origin=request_origin(),
        now=datetime.now(UTC),
        except_session_id=own_id if arguments["sessions"] == "others" else None,
    )


@blueprint.route("/sessions")
@access(MANAGE_ACCOUNT)
@limits.reads
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, SessionSchema(many=True))
def list_sessions(arguments: dict[str, Any]) -> Page:
    """List one's own sessions, the one used last first"""
    caller = current_caller()
    page = queries.list_sessions(db.session, caller["id"], page_request(arguments), now=datetime.now(UTC))
    return page.mapped(partial(represent_session, current_id=current_principal().session_id))


@blueprint.route("/sessions/<key:session_id>", methods=["DELETE"])
@access(MANAGE_ACCOUNT)
@limits.writes
@blueprint.response(204)
def delete_session(session_id: str) -> None:
    """End one of one's own sessions; its tokens are refused from then on"""
    _end_session(current_caller()["id"], session_id)


@blueprint.route("/me")
@access(SIGNED_IN)
@limits.reads
@blueprint.response(200, UserSchema)
def show_me() -> Answer:
    """Show the signed-in user

    The ETag names the version, for If-Match.
    """
    caller = current_caller()
    # With the id, because another account that signs in is somebody else at the same address.
    return Answer(represent_user(caller), headers=entity_tag(caller["version"], caller["id"]))


def _end_session(user_id: int, session_id: str) -> None:
    operations.end_session(
        db.session,
        wiring().revocation,
        user_id=user_id,
        session_id=session_id,
        origin=request_origin(),
        now=datetime.now(UTC),
    )


def _refresh_token_of_header() -> str:
    try:
        token = bearer_token()
    except TokenInvalid as error:
        raise RefreshTokenInvalid from error
    if token is None:
        raise RefreshTokenMissing
    if len(token) > MAXIMUM_CHARACTERS:
        raise RefreshTokenInvalid
    return token
