"""The HTTP interface of signing in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from auth_service import limits
from auth_service.extensions import db, wiring
from auth_service.sessions import operations
from auth_service.sessions.errors import RefreshTokenInvalid, RefreshTokenMissing
from auth_service.sessions.operations import IssuedTokens
from auth_service.sessions.refresh_tokens import MAXIMUM_CHARACTERS
from auth_service.sessions.schemas import LoginSchema, RefreshSchema, SignedInSchema, TokensSchema
from auth_service.users import operations as users
from auth_service.users import queries
from auth_service.users.representation import represent_user, user_url
from auth_service.users.schemas import RegistrationSchema, UserSchema
from servicekit.access import OWN_CREDENTIALS, PUBLIC, SIGNED_IN, access, bearer_token, current_principal
from servicekit.access_tokens import TokenInvalid
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import entity_tag

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="Registering and signing in.")


@blueprint.route("/register", methods=["POST"])
@access(PUBLIC)
@limits.registrations
@blueprint.arguments(RegistrationSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(201, UserSchema)
def register_user(values: dict[str, Any]) -> Answer:
    """Make an account of one's own"""
    user_id = users.create_user(db.session, wiring().passwords, **values)
    user = queries.get_user(db.session, user_id)
    return Answer(represent_user(user), headers={"Location": user_url(user_id), **entity_tag(user["version"])})


@blueprint.route("/login", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.failed_logins_per_address
@limits.failed_logins_per_account
@blueprint.arguments(LoginSchema)
@blueprint.response(200, SignedInSchema)
def log_in(values: dict[str, Any]) -> dict[str, Any]:
    """Sign in with e-mail address or username and password

    An access token that is sent along is not looked at.
    """
    tokens, user = operations.sign_in(
        db.session,
        wiring().passwords,
        wiring().issuer,
        email=values.get("email"),
        username=values.get("username"),
        password=values["password"],
        refresh_token_life=wiring().refresh_token_life,
        now=datetime.now(UTC),
    )
    return {**_represent_tokens(tokens), "user": represent_user(user)}


@blueprint.route("/refresh", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.refreshes
@blueprint.arguments(RefreshSchema, required=False)
@blueprint.response(200, TokensSchema)
def refresh_tokens(values: dict[str, Any]) -> dict[str, Any]:
    """Get new tokens for a refresh token, which is used up

    Send it as `Authorization: Bearer` or as `refresh_token` in the body; the body counts when both are there. A token
    that was used before ends the session, because one of the two who used it is not its owner.
    """
    tokens = operations.refresh(
        db.session,
        wiring().issuer,
        wiring().revocation,
        values.get("refresh_token") or _refresh_token_of_header(),
        refresh_token_life=wiring().refresh_token_life,
        now=datetime.now(UTC),
    )
    return _represent_tokens(tokens)


@blueprint.route("/logout", methods=["POST"])
@access(SIGNED_IN)
@limits.writes
@blueprint.response(204)
def log_out() -> None:
    """End the session of the access token; its tokens are refused from then on"""
    principal = current_principal()
    operations.sign_out(
        db.session,
        wiring().revocation,
        user_id=principal.user_id,
        session_id=principal.session_id,
        now=datetime.now(UTC),
    )


@blueprint.route("/me")
@access(SIGNED_IN)
@limits.reads
@blueprint.response(200, UserSchema)
def show_me() -> Answer:
    """Show the signed-in user

    The ETag names the version, for If-Match.
    """
    principal = current_principal()
    caller = queries.get_caller(
        db.session, user_id=principal.user_id, role=principal.role, session_id=principal.session_id
    )
    return Answer(represent_user(caller), headers=entity_tag(caller["version"]))


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


def _represent_tokens(tokens: IssuedTokens) -> dict[str, Any]:
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "token_type": "Bearer",
        "expires_in": int(wiring().issuer.life.total_seconds()),
    }
