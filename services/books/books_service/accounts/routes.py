"""The address at which books is told what happened to accounts; the gateway does not route it."""

from __future__ import annotations

from flask import Response

from books_service import limits
from books_service.accounts import operations
from books_service.accounts.events import UNFINISHED, AccountEvent
from books_service.accounts.schemas import AccountEventSchema
from books_service.extensions import db
from servicekit.access import SERVICE, Forbidden, access, current_service
from servicekit.blueprint import Blueprint
from servicekit.envelope import json_response, success_body

# Who has the accounts, and nobody else, says what happens to them.
SENDER = "auth"

internal = Blueprint("account events", __name__, url_prefix="/internal/account-events")


@internal.route("", methods=["POST"])
@access(SERVICE)
@limits.unlimited
@internal.arguments(AccountEventSchema)
@internal.response(200)
def receive_account_event(event: AccountEvent) -> Response:
    """Take over what happened to an account

    200 says that it is done, now or before; 202 that it has begun and the event has to be sent again.
    """
    if current_service() != SENDER:
        raise Forbidden
    outcome = operations.apply_event(db.session, event)
    return json_response(success_body({"outcome": outcome}), 202 if outcome == UNFINISHED else 200)
