"""The HTTP interface of recovering accounts and confirming addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from auth_service import limits
from auth_service.callers import current_caller, request_origin
from auth_service.extensions import db, wiring
from auth_service.recovery import operations
from auth_service.recovery.schemas import (
    EmailChangeSchema,
    MailOnItsWaySchema,
    MailRequestSchema,
    NewPasswordSchema,
    PasswordSetSchema,
    TokenSchema,
    VerifiedEmailSchema,
)
from auth_service.recovery.tokens import EMAIL_CHANGE_NEW, PASSWORD_RESET, VERIFY_EMAIL
from auth_service.users.roles import MANAGE_ACCOUNT, MANAGE_USERS
from servicekit.access import OWN_CREDENTIALS, PUBLIC, access
from servicekit.blueprint import Answer, Blueprint

blueprint = Blueprint(
    "recovery", __name__, url_prefix="/api/v1/auth", description="Forgotten passwords and confirmed addresses."
)
of_users = Blueprint(
    "recovery of users", __name__, url_prefix="/api/v1/users", description="The same, for those who are signed in."
)

ON_ITS_WAY = "If an account has this address, a mail with a link is on its way."


@blueprint.route("/password-reset", methods=["POST"])
@access(PUBLIC)
@limits.recovery_per_address
@limits.password_resets_per_account
@blueprint.arguments(MailRequestSchema)
@blueprint.response(202, MailOnItsWaySchema)
def request_password_reset(values: dict[str, Any]) -> Answer:
    """Ask for a mail with a link to choose a new password

    The answer is the same for every address, whether or not there is an account, and so is the time it takes.
    """
    operations.request_mail(db.session, PASSWORD_RESET, values["email"], origin=request_origin(), now=datetime.now(UTC))
    return _on_its_way(wiring().account_mails.reset_minutes)


@blueprint.route("/password-reset/confirm", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.one_time_tokens
@blueprint.arguments(NewPasswordSchema)
@blueprint.response(200, PasswordSetSchema)
def confirm_password_reset(values: dict[str, Any]) -> dict[str, Any]:
    """Set a new password with the token of the mailed link, which works once

    Every session ends. Nobody is signed in by it. A second factor and API keys stay, unless nobody had confirmed the
    address before: then both go, as they may be those of somebody else who registered it.
    """
    operations.reset_password(
        db.session,
        wiring().passwords,
        wiring().revocation,
        wiring().account_mails,
        wiring().mfa_notices,
        values["token"],
        values["password"],
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return {"password_changed": True}


@blueprint.route("/verify-email", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.one_time_tokens
@blueprint.arguments(TokenSchema)
@blueprint.response(200, VerifiedEmailSchema)
def verify_email(values: dict[str, Any]) -> dict[str, Any]:
    """Confirm one's e-mail address with the token of the mailed link, which works once"""
    email, verified_at = operations.verify_email(
        db.session, values["token"], origin=request_origin(), now=datetime.now(UTC)
    )
    return {"email": email, "email_verified_at": verified_at}


@blueprint.route("/verify-email/resend", methods=["POST"])
@access(PUBLIC)
@limits.recovery_per_address
@limits.verification_mails_per_account
@blueprint.arguments(MailRequestSchema)
@blueprint.response(202, MailOnItsWaySchema)
def resend_verification_mail(values: dict[str, Any]) -> Answer:
    """Ask once more for the mail that confirms an e-mail address

    The answer is the same for every address; a mail is sent if an account has it and it is not confirmed yet.
    """
    operations.request_mail(db.session, VERIFY_EMAIL, values["email"], origin=request_origin(), now=datetime.now(UTC))
    return _on_its_way(wiring().account_mails.confirmation_minutes)


@blueprint.route("/email-change/confirm", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.one_time_tokens
@blueprint.arguments(TokenSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(200, EmailChangeSchema)
def confirm_email_change(values: dict[str, Any]) -> dict[str, Any]:
    """Confirm a new e-mail address with the token of the link mailed to it or to the old one

    The address changes when both have confirmed.
    """
    missing = operations.confirm_email_change(
        db.session, wiring().account_mails, values["token"], origin=request_origin(), now=datetime.now(UTC)
    )
    if missing is None:
        return {"email_changed": True, "missing": None}
    return {"email_changed": False, "missing": "new" if missing == EMAIL_CHANGE_NEW else "old"}


@of_users.route("/profile/email-change", methods=["DELETE"])
@access(MANAGE_ACCOUNT)
@limits.writes
@of_users.alt_response(404, response="Failure")
@of_users.response(204)
def cancel_email_change() -> None:
    """Call off the change of one's e-mail address that waits to be confirmed"""
    operations.cancel_email_change(db.session, current_caller()["id"], origin=request_origin(), now=datetime.now(UTC))


@of_users.route("/<id:user_id>/password-reset", methods=["POST"])
@access(MANAGE_USERS)
@limits.writes
@of_users.alt_response(409, response="Failure")
@of_users.response(202, MailOnItsWaySchema)
def send_password_reset(user_id: int) -> Answer:
    """Send a user the mail with a link to choose a new password"""
    current_caller()
    mails = wiring().account_mails
    operations.send_reset_as_admin(db.session, mails, user_id, origin=request_origin(), now=datetime.now(UTC))
    return Answer({"expires_in": mails.reset_minutes * 60})


def _on_its_way(minutes: int) -> Answer:
    return Answer({"expires_in": minutes * 60}, message=ON_ITS_WAY)
