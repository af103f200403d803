"""The HTTP interface of exports."""

from __future__ import annotations

from datetime import UTC, datetime

from auth_service import limits
from auth_service.callers import current_caller, request_origin
from auth_service.exports import operations, queries
from auth_service.exports.schemas import AccountExportSchema
from auth_service.extensions import db
from auth_service.users.representation import represent_user
from auth_service.users.roles import MANAGE_ACCOUNT
from servicekit.access import access
from servicekit.blueprint import Answer, Blueprint

PROFILE = "/api/v1/users/profile"

blueprint = Blueprint(
    "exports", __name__, url_prefix=f"{PROFILE}/export", description="Everything that is held about oneself."
)


@blueprint.route("")
@access(MANAGE_ACCOUNT)
@limits.exports
@blueprint.response(200, AccountExportSchema)
def export_account() -> Answer:
    """Get everything that is held about oneself, as a file

    The account, its sessions, API keys and mails, what the audit log says, and what the catalogue is told: a display
    name, and whether the account is disabled or deleted. Books name the member who added them as `created_by`.
    """
    caller = current_caller()
    user_id = caller["id"]
    sections = queries.read_sections(db.session, user_id)
    operations.record_export(db.session, user_id, origin=request_origin())
    document = {
        "exported_at": datetime.now(UTC),
        "user": represent_user(caller),
        **sections,
        "links": {"self": f"{PROFILE}/export", "activity": f"{PROFILE}/activity"},
    }
    filename = f"colophon-account-{user_id}.json"
    return Answer(document, headers={"Content-Disposition": f'attachment; filename="{filename}"'})
