"""The HTTP interface of second factors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from auth_service import limits
from auth_service.callers import current_caller, request_origin
from auth_service.extensions import db, wiring
from auth_service.mfa import operations, queries
from auth_service.mfa.proofs import Proof
from auth_service.mfa.representation import represent_enrolment, represent_state
from auth_service.mfa.schemas import (
    ChallengeAnswerSchema,
    CurrentPasswordSchema,
    DisablingSchema,
    EnrolmentSchema,
    MfaStateSchema,
    RecoveryCodesSchema,
    TotpCodeSchema,
)
from auth_service.sessions.representation import represent_sign_in
from auth_service.sessions.schemas import SignedInSchema
from auth_service.users.roles import ENROL, MANAGE_ACCOUNT, MANAGE_USERS
from servicekit.access import OWN_CREDENTIALS, access, current_principal
from servicekit.blueprint import Answer, Blueprint

blueprint = Blueprint("mfa", __name__, url_prefix="/api/v1/auth", description="The second factor of a sign-in.")
of_users = Blueprint("mfa-of-users", __name__, url_prefix="/api/v1/users", description="Second factors of others.")


@blueprint.route("/login/mfa", methods=["POST"])
@access(OWN_CREDENTIALS)
@limits.sign_ins
@limits.failed_attempts
@blueprint.arguments(ChallengeAnswerSchema)
@blueprint.response(200, SignedInSchema)
def answer_challenge(values: dict[str, Any]) -> dict[str, Any]:
    """Finish a sign-in with a code of the app or a recovery code

    A challenge is good for five minutes, five wrong codes and one session, and a code for one use.
    """
    tokens, user = operations.complete_sign_in(
        db.session,
        wiring().attempts,
        wiring().second_factors,
        wiring().mfa_requirement,
        wiring().issuer,
        wiring().refresh_tokens,
        challenge=values["challenge"],
        proof=_proof(values),
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return represent_sign_in(tokens, wiring().issuer.life, user)


@blueprint.route("/mfa")
@access(ENROL)
@limits.reads
@blueprint.response(200, MfaStateSchema)
def show_mfa() -> dict[str, Any]:
    """Tell whether the signed-in user has a second factor, and how many recovery codes are left"""
    caller = current_caller()
    state = queries.get_state(db.session, caller["id"])
    return represent_state(state, required=wiring().mfa_requirement.applies_to(caller["role"]))


@blueprint.route("/mfa/totp", methods=["POST"])
@access(ENROL)
@limits.writes
@limits.failed_attempts
@blueprint.arguments(CurrentPasswordSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(201, EnrolmentSchema)
def begin_mfa(values: dict[str, Any]) -> Answer:
    """Get a secret for an authenticator app; it counts once a code of it is confirmed

    A secret that was not confirmed is replaced.
    """
    enrolment = operations.begin_enrolment(
        db.session,
        wiring().passwords,
        wiring().attempts,
        wiring().second_factors,
        current_caller()["id"],
        current_password=values["current_password"],
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    shown = represent_enrolment(enrolment.secret, enrolment.otpauth_uri)
    return Answer(shown, headers={"Location": "/api/v1/auth/mfa"})


@blueprint.route("/mfa/totp/confirm", methods=["POST"])
@access(ENROL)
@limits.writes
@limits.failed_attempts
@blueprint.arguments(TotpCodeSchema)
@blueprint.alt_response(409, response="Failure")
@blueprint.response(200, RecoveryCodesSchema)
def confirm_mfa(values: dict[str, Any]) -> dict[str, Any]:
    """Turn the second factor on by a first code, and get the recovery codes

    One's other sessions end, because they were opened without it. Where the role needs a second factor, a refresh
    gives tokens with the scopes of the role from now on.
    """
    codes = operations.confirm_enrolment(
        db.session,
        wiring().attempts,
        wiring().second_factors,
        wiring().revocation,
        wiring().mfa_notices,
        current_caller()["id"],
        code=values["code"],
        own_session_id=current_principal().session_id,
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return {"recovery_codes": codes}


@blueprint.route("/mfa/totp", methods=["DELETE"])
@access(MANAGE_ACCOUNT)
@limits.writes
@limits.failed_attempts
@blueprint.arguments(DisablingSchema)
@blueprint.alt_response(404, response="Failure")
@blueprint.response(204)
def disable_mfa(values: dict[str, Any]) -> None:
    """Turn the second factor off

    Where the role needs one, access tokens end, and those of the next refresh allow nothing but setting up another.
    """
    operations.disable_mfa(
        db.session,
        wiring().passwords,
        wiring().attempts,
        wiring().second_factors,
        wiring().mfa_requirement,
        wiring().revocation,
        wiring().mfa_notices,
        current_caller()["id"],
        current_password=values["current_password"],
        proof=_proof(values),
        origin=request_origin(),
        now=datetime.now(UTC),
    )


@blueprint.route("/mfa/recovery-codes", methods=["POST"])
@access(MANAGE_ACCOUNT)
@limits.writes
@limits.failed_attempts
@blueprint.arguments(TotpCodeSchema)
@blueprint.alt_response(404, response="Failure")
@blueprint.response(200, RecoveryCodesSchema)
def renew_recovery_codes(values: dict[str, Any]) -> dict[str, Any]:
    """Get new recovery codes; the old ones are void"""
    codes = operations.renew_recovery_codes(
        db.session,
        wiring().attempts,
        wiring().second_factors,
        wiring().mfa_notices,
        current_caller()["id"],
        code=values["code"],
        origin=request_origin(),
        now=datetime.now(UTC),
    )
    return {"recovery_codes": codes}


@of_users.route("/<id:user_id>/mfa", methods=["DELETE"])
@access(MANAGE_USERS)
@limits.writes
@of_users.response(204)
def reset_mfa(user_id: int) -> None:
    """Take the second factor off another's account; every session and token of the user ends"""
    current_caller()
    operations.reset_mfa(
        db.session, wiring().revocation, wiring().mfa_notices, user_id, origin=request_origin(), now=datetime.now(UTC)
    )


def _proof(values: dict[str, Any]) -> Proof:
    return Proof(code=values.get("code"), recovery_code=values.get("recovery_code"))
