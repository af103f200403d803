"""The HTTP interface of users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import RowMapping

from auth_service import limits
from auth_service.callers import current_caller, request_origin
from auth_service.extensions import db, wiring
from auth_service.recovery.queries import find_pending_email
from auth_service.users import operations, queries
from auth_service.users.errors import AccountOfAnother
from auth_service.users.filters import conditions_of
from auth_service.users.representation import represent_user, user_url
from auth_service.users.roles import MANAGE_ACCOUNT, MANAGE_USERS
from auth_service.users.schemas import (
    DeletionSchema,
    NewUserSchema,
    ProfileSchema,
    UserChangesSchema,
    UserQuerySchema,
    UserSchema,
)
from servicekit.access import SIGNED_IN, access, current_principal, require_scope
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import entity_tag, requested_if_match
from servicekit.pagination import Page, page_request, sort_keys

blueprint = Blueprint("users", __name__, url_prefix="/api/v1/users", description="The people who may sign in.")


@blueprint.route("")
@access(MANAGE_USERS)
@limits.reads
@blueprint.arguments(UserQuerySchema, location="query")
@blueprint.response(200, UserSchema(many=True))
def list_users(arguments: dict[str, Any]) -> Page:
    """List users, the newest first

    Every filter that is given must hold. Sort by `created_at`, `updated_at`, `email`, `username`, `name` or `id`.
    """
    order = sort_keys(arguments, queries.SORTS, queries.NEWEST_FIRST)
    current_caller()
    page = queries.list_users(db.session, conditions_of(arguments), order, page_request(arguments))
    return page.mapped(represent_user)


@blueprint.route("", methods=["POST"])
@access(MANAGE_USERS)
@limits.writes
@blueprint.arguments(NewUserSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(201, UserSchema)
def create_user(values: dict[str, Any]) -> Answer:
    """Create a user with any role"""
    current_caller()
    ask_to_verify = partial(wiring().account_mails.ask_to_verify, db.session, now=datetime.now(UTC))
    user_id = operations.create_user(
        db.session, wiring().passwords, **values, origin=request_origin(), also=ask_to_verify
    )
    return _answer(queries.get_user(db.session, user_id), {"Location": user_url(user_id)})


@blueprint.route("/profile")
@access(MANAGE_ACCOUNT)
@limits.reads
@blueprint.response(200, ProfileSchema)
def show_profile() -> Answer:
    """Show the signed-in user

    The ETag names the version, for If-Match.
    """
    return _own_answer(current_caller())


@blueprint.route("/profile", methods=["PUT"])
@access(MANAGE_ACCOUNT)
@limits.writes
@limits.failed_attempts
@limits.taken_names
@limits.email_changes
@blueprint.arguments(UserChangesSchema)
@blueprint.alt_response(403, response="Failure")
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, ProfileSchema)
def update_profile(changes: dict[str, Any]) -> Answer:
    """Change the signed-in user; absent fields stay

    A new password or e-mail address needs `current_password`; a new password ends one's other sessions. Where mails
    are sent, a new address counts once it is confirmed at both; until then it is `pending_email`. With If-Match, only
    the version that it names is changed.
    """
    user_id = current_caller()["id"]
    _change_user(user_id, changes)
    return _own_answer(queries.get_user(db.session, user_id))


@blueprint.route("/profile", methods=["PATCH"])
@access(MANAGE_ACCOUNT)
@limits.writes
@limits.failed_attempts
@limits.taken_names
@limits.email_changes
@blueprint.arguments(UserChangesSchema)
@blueprint.alt_response(403, response="Failure")
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, ProfileSchema)
def patch_profile(changes: dict[str, Any]) -> Answer:
    """Change the signed-in user by JSON Merge Patch; null clears

    A new password or e-mail address needs `current_password`; a new password ends one's other sessions. Where mails
    are sent, a new address counts once it is confirmed at both; until then it is `pending_email`. With If-Match, only
    the version that it names is changed.
    """
    user_id = current_caller()["id"]
    _change_user(user_id, changes)
    return _own_answer(queries.get_user(db.session, user_id))


@blueprint.route("/profile", methods=["DELETE"])
@access(MANAGE_ACCOUNT)
@limits.writes
@limits.failed_attempts
@blueprint.arguments(DeletionSchema, required=False)
@blueprint.alt_response(403, response="Failure")
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def delete_profile(values: dict[str, Any]) -> None:
    """Delete the signed-in user; every token is refused from then on

    Needs `current_password`. With If-Match, only the version that it names is deleted.
    """
    _delete(current_caller()["id"], values)


@blueprint.route("/<id:user_id>")
@access(SIGNED_IN)
@limits.reads
@blueprint.alt_response(403, response="Failure")
@blueprint.response(200, UserSchema)
def show_user(user_id: int) -> Answer:
    """Show a user, oneself or as an admin anybody

    The ETag names the version, for If-Match.
    """
    _caller_for(user_id)
    return _answer(queries.get_user(db.session, user_id))


@blueprint.route("/<id:user_id>", methods=["PUT"])
@access(SIGNED_IN)
@limits.writes
@limits.failed_attempts
@limits.taken_names
@limits.email_changes
@blueprint.arguments(UserChangesSchema)
@blueprint.alt_response(403, response="Failure")
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, UserSchema)
def update_user(changes: dict[str, Any], user_id: int) -> Answer:
    """Change a user, oneself or as an admin anybody; absent fields stay

    Only admins change `role`. One's own new password or e-mail address needs `current_password`. A new password ends
    the user's other sessions; a new role ends access tokens alone, and a refresh gives the new rights. With If-Match,
    only the version that it names is changed.
    """
    _caller_for(user_id)
    _change_user(user_id, changes)
    return _answer(queries.get_user(db.session, user_id))


@blueprint.route("/<id:user_id>", methods=["PATCH"])
@access(SIGNED_IN)
@limits.writes
@limits.failed_attempts
@limits.taken_names
@limits.email_changes
@blueprint.arguments(UserChangesSchema)
@blueprint.alt_response(403, response="Failure")
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, UserSchema)
def patch_user(changes: dict[str, Any], user_id: int) -> Answer:
    """Change a user by JSON Merge Patch, oneself or as an admin anybody; null clears

    Only admins change `role`. One's own new password or e-mail address needs `current_password`. A new password ends
    the user's other sessions; a new role ends access tokens alone, and a refresh gives the new rights. With If-Match,
    only the version that it names is changed.
    """
    _caller_for(user_id)
    _change_user(user_id, changes)
    return _answer(queries.get_user(db.session, user_id))


@blueprint.route("/<id:user_id>", methods=["DELETE"])
@access(SIGNED_IN)
@limits.writes
@limits.failed_attempts
@blueprint.arguments(DeletionSchema, required=False)
@blueprint.alt_response(403, response="Failure")
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def delete_user(values: dict[str, Any], user_id: int) -> None:
    """Delete a user, oneself or as an admin anybody; every token of the user is refused from then on

    One's own account needs `current_password`, an admin's too. With If-Match, only the version that it names is
    deleted.
    """
    _caller_for(user_id)
    if current_principal().user_id == user_id:
        require_scope(MANAGE_ACCOUNT)
    _delete(user_id, values)


def _caller_for(user_id: int) -> None:
    """Return when the caller is ``user_id`` or an admin.

    Raises:
        InsufficientScope, AccountOfAnother: otherwise, whether or not there is such a user.
    """
    current_caller()
    principal = current_principal()
    if principal.may(MANAGE_USERS):
        return
    if principal.user_id != user_id:
        raise AccountOfAnother
    require_scope(MANAGE_ACCOUNT)


def _delete(user_id: int, values: Mapping[str, Any]) -> None:
    operations.delete_user(
        db.session,
        wiring().passwords,
        wiring().attempts,
        wiring().revocation,
        user_id,
        own=current_principal().user_id == user_id,
        current_password=values.get("current_password"),
        if_match=requested_if_match(),
        origin=request_origin(),
        now=datetime.now(UTC),
    )


def _change_user(user_id: int, changes: Mapping[str, Any]) -> None:
    principal = current_principal()
    waits = operations.update_user(
        db.session,
        wiring().passwords,
        wiring().attempts,
        wiring().revocation,
        user_id,
        changes,
        if_match=requested_if_match(),
        own_session_id=principal.session_id if principal.user_id == user_id else None,
        may_change_role=principal.may(MANAGE_USERS),
        account_mails=wiring().account_mails,
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    if waits:
        limits.count_email_change()


def _own_answer(user: RowMapping) -> Answer:
    pending = find_pending_email(db.session, user["id"], now=datetime.now(UTC))
    shown = {**represent_user(user), "pending_email": pending}
    # With the id, because another account that signs in has another profile at the same address.
    return Answer(shown, headers=entity_tag(user["version"], user["id"], pending))


def _answer(user: RowMapping, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(represent_user(user), headers={**entity_tag(user["version"]), **(headers or {})})
