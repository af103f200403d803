"""What the operations on users refuse when they are not called through the schemas."""

from datetime import UTC, datetime

import pytest

from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db
from auth_service.users import operations
from auth_service.users.errors import UserNotFound


def test_create_user_without_an_address_is_a_mistake_of_the_caller(app, rolled_back):
    with app.app_context(), pytest.raises(ValueError, match="e-mail"):
        operations.create_user(
            db.session,
            app.extensions["wiring"].passwords,
            email="nobody",
            password="correct horse",
            origin=OPERATOR,
        )


def test_promote_unknown_user_is_not_found(app, rolled_back):
    revocation = app.extensions["wiring"].revocation
    with app.app_context(), pytest.raises(UserNotFound):
        operations.promote_to_admin(db.session, revocation, 10**9, origin=OPERATOR, now=datetime.now(UTC))
