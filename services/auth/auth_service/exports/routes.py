"""The HTTP interface of exports."""

from __future__ import annotations

from datetime import UTC, datetime

from auth_service import limits
from auth_service.callers import current_caller, request_origin
from auth_service.exports import operations, queries
from auth_service.exports.schemas import AccountExportSchema
from auth_service.extensions import db
from auth_service.recovery.queries import find_pending_email
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

    The account, its sessions, API keys, second factor, mails and mailed links, failed attempts, what the audit log
    says, and what the catalogue is told (`account_events`). What the catalogue keeps of a member is not part of the
    file: a display name, whether the account is disabled or deleted, its number, which is `created_by` of the books
    that the member added, and the member's reviews and reading list. These two are read in full where they are
    written; `links` leads there.
    """
    caller = current_caller()
    user_id = caller["id"]
    now = datetime.now(UTC)
    pending_email = find_pending_email(db.session, user_id, now=now)
    sections = queries.read_sections(db.session, user_id)
    operations.record_export(db.session, user_id, origin=request_origin())
    document = {
        "exported_at": now,
        "user": {**represent_user(caller), "pending_email": pending_email},
        **sections,
        "links": {
            "self": f"{PROFILE}/export",
            "activity": f"{PROFILE}/activity",
            "reviews": f"/api/v1/reviews?user_id={user_id}",
            "reading_list": "/api/v1/reading-list",
        },
    }
    filename = f"colophon-account-{user_id}.json"
    return Answer(document, headers={"Content-Disposition": f'attachment; filename="{filename}"'})
