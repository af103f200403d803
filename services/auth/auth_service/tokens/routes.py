"""The HTTP interface of tokens for other services and standard clients of OAuth."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response

from auth_service import limits
from auth_service.callers import current_caller, request_origin
from auth_service.extensions import db, wiring
from auth_service.tokens import operations
from auth_service.tokens.introspection import introspected
from auth_service.tokens.schemas import IntrospectionSchema, PresentedTokenSchema
from auth_service.users.roles import INTROSPECT_TOKENS
from servicekit.access import OWN_CREDENTIALS, access
from servicekit.arguments import JSON_OR_FORM
from servicekit.blueprint import Blueprint, empty_response
from servicekit.envelope import json_response

blueprint = Blueprint(
    "tokens", __name__, url_prefix="/api/v1/auth", description="Revoking and looking at tokens, as the RFCs have it."
)


@blueprint.route("/revoke", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.revocations
@blueprint.arguments(PresentedTokenSchema, location=JSON_OR_FORM)
@blueprint.response(200)
def revoke_token(values: dict[str, Any]) -> Response:
    """End the session of an access token or refresh token (RFC 7009)

    Whoever holds a token may revoke it: clients are not registered here, so nothing else is asked for, and what comes
    as Authorization is not looked at. The answer is the same for a token that nobody knows. A token that an API key was
    exchanged for is over within a minute and is left alone.
    """
    operations.revoke_token(
        db.session,
        wiring().issuer,
        wiring().revocation,
        values["token"],
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return empty_response(200)


@blueprint.route("/introspect", methods=["POST"])
@access(INTROSPECT_TOKENS)
@limits.introspections
@blueprint.arguments(PresentedTokenSchema, location=JSON_OR_FORM)
@blueprint.response(200, IntrospectionSchema)
def introspect_token(values: dict[str, Any]) -> Response:
    """Tell whether a token counts, and what it says (RFC 7662)

    An access token counts when signature and times are right and account, epoch and session or API key live, by the
    database and not by what Redis has been told. A refresh token counts while it is unused and its session lives; its
    `token_type` is `refresh_token`, and it opens nothing. The answer has no envelope, errors have.
    """
    current_caller()
    return json_response(introspected(db.session, wiring().issuer, values["token"], now=datetime.now(UTC)), 200)
