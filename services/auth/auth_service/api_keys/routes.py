"""The HTTP interface of API keys, and of their exchange by the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, request
from flask_limiter import RateLimitExceeded

from auth_service import limits
from auth_service.api_keys import operations, queries
from auth_service.api_keys.errors import ApiKeyRefused
from auth_service.api_keys.lives import REFUSAL_FRESH_SECONDS
from auth_service.api_keys.representation import api_key_url, represent_api_key
from auth_service.api_keys.schemas import (
    ApiKeyChangesSchema,
    ApiKeyQuerySchema,
    ApiKeySchema,
    ApiKeyWithSecretSchema,
    NewApiKeySchema,
    RotationSchema,
)
from auth_service.callers import current_caller, request_origin
from auth_service.extensions import db, wiring
from auth_service.users.errors import AccountOfAnother
from auth_service.users.roles import MANAGE_ACCOUNT, MANAGE_USERS
from servicekit.access import OWN_CREDENTIALS, access, current_principal
from servicekit.blueprint import Answer, Blueprint
from servicekit.challenges import BEARER
from servicekit.entity_tags import requested_if_match
from servicekit.envelope import RateLimited, render_error
from servicekit.limits import render_exceeded
from servicekit.pagination import Page, page_request

blueprint = Blueprint(
    "api keys", __name__, url_prefix="/api/v1/api-keys", description="Keys with which programs use the API."
)
# Asked by the gateway; nobody is routed here.
internal = Blueprint("api key exchange", __name__, url_prefix="/internal")


@blueprint.route("")
@access(MANAGE_ACCOUNT)
@limits.reads
@blueprint.arguments(ApiKeyQuerySchema, location="query")
@blueprint.alt_response(403, response="Failure")
@blueprint.response(200, ApiKeySchema(many=True))
def list_api_keys(arguments: dict[str, Any]) -> Page:
    """List one's own API keys, the newest first; as an admin those of anybody

    Keys that were revoked or have expired are listed for another 30 days.
    """
    caller = current_caller()
    user_id = arguments.get("user_id", caller["id"])
    if user_id != caller["id"] and not current_principal().may(MANAGE_USERS):
        raise AccountOfAnother
    return queries.list_api_keys(db.session, user_id, page_request(arguments)).mapped(represent_api_key)


@blueprint.route("", methods=["POST"])
@access(MANAGE_ACCOUNT)
@limits.writes
@blueprint.arguments(NewApiKeySchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(201, ApiKeyWithSecretSchema)
def create_api_key(values: dict[str, Any]) -> Answer:
    """Make an API key; its secret is shown this once

    Its scopes are some of one's own, but none of one's account: no key makes keys.
    """
    caller = current_caller()
    key_id, secret = operations.create_api_key(
        db.session,
        user_id=caller["id"],
        epoch=caller["token_epoch"],
        **values,
        most_per_user=wiring().api_keys_per_user,
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return _answer(key_id, caller["id"], secret=secret, headers={"Location": api_key_url(key_id)})


@blueprint.route("/<key:key_id>")
@access(MANAGE_ACCOUNT)
@limits.reads
@blueprint.response(200, ApiKeySchema)
def show_api_key(key_id: str) -> Answer:
    """Show an API key, one's own or as an admin anybody's

    The ETag names the version, for If-Match.
    """
    current_caller()
    return _answer(key_id, _owner_who_counts())


@blueprint.route("/<key:key_id>", methods=["PATCH"])
@access(MANAGE_ACCOUNT)
@limits.writes
@blueprint.arguments(ApiKeyChangesSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, ApiKeySchema)
def patch_api_key(changes: dict[str, Any], key_id: str) -> Answer:
    """Change one of one's own API keys by JSON Merge Patch; null clears

    The gateway acts on it within five seconds. With If-Match, only the version that it names is changed.
    """
    caller = current_caller()
    operations.update_api_key(
        db.session,
        key_id,
        changes,
        owner_id=caller["id"],
        if_match=requested_if_match(),
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return _answer(key_id, caller["id"])


@blueprint.route("/<key:key_id>", methods=["DELETE"])
@access(MANAGE_ACCOUNT)
@limits.writes
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def delete_api_key(key_id: str) -> None:
    """Revoke an API key, one's own or as an admin anybody's; it is refused from then on

    A second time changes nothing. With If-Match, only the version that it names is revoked.
    """
    current_caller()
    operations.revoke_api_key(
        db.session,
        wiring().revocation,
        key_id,
        owner_id=_owner_who_counts(),
        if_match=requested_if_match(),
        origin=request_origin(),
        now=datetime.now(UTC),
    )


@blueprint.route("/<key:key_id>/rotate", methods=["POST"])
@access(MANAGE_ACCOUNT)
@limits.writes
@blueprint.arguments(RotationSchema, required=False)
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, ApiKeyWithSecretSchema)
def rotate_api_key(values: dict[str, Any], key_id: str) -> Answer:
    """Give one of one's own API keys a new secret, which is shown this once

    The secret before works on for `overlap_seconds`; the one before that ends. With If-Match, only the version that it
    names is rotated.
    """
    caller = current_caller()
    secret = operations.rotate_api_key(
        db.session,
        key_id,
        owner_id=caller["id"],
        overlap_seconds=values["overlap_seconds"],
        if_match=requested_if_match(),
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return _answer(key_id, caller["id"], secret=secret)


@internal.route("/api-key-exchange")
@access(OWN_CREDENTIALS)
@limits.refused_api_keys
@internal.response(204)
def exchange_api_key() -> Response:
    """Exchange the API key in `X-API-Key` for an access token in `X-Access-Token`, for the gateway"""
    exchanged = operations.exchange_api_key(
        db.session,
        wiring().mfa_requirement,
        wiring().issuer,
        request.headers.get("X-API-Key", ""),
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    headers = {"X-Access-Token": exchanged.access_token, "Cache-Control": exchanged.lives.cache_control}
    response: Response = current_app.response_class(status=204, headers=headers)
    return response


@internal.errorhandler(ApiKeyRefused)
def _tell_refusal(error: ApiKeyRefused) -> Response:
    return _refusal(render_error(error), error.code, f"max-age={REFUSAL_FRESH_SECONDS}")


@internal.errorhandler(RateLimitExceeded)
def _tell_limit(error: RateLimitExceeded) -> Response:
    return _refusal(render_exceeded(error), RateLimited.code, "no-store")


def _refusal(response: Response, code: str, cache_control: str) -> Response:
    """Return ``response`` as the gateway wants every refusal: 401, with challenge and code for its client."""
    response.status_code = 401
    response.headers["WWW-Authenticate"] = BEARER
    response.headers["X-Error-Code"] = code
    response.headers["Cache-Control"] = cache_control
    return response


def _owner_who_counts() -> int | None:
    """Return whose keys the caller may see and revoke, None for everybody's."""
    principal = current_principal()
    return None if principal.may(MANAGE_USERS) else principal.user_id


def _answer(
    key_id: str, owner_id: int | None, *, secret: str | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    shown = represent_api_key(queries.get_api_key(db.session, key_id, owner_id=owner_id))
    data = shown if secret is None else {**shown, "secret": secret}
    return Answer(data, headers={"ETag": shown["etag"], **(headers or {})})
