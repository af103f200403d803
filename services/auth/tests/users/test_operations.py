"""What the operations on users refuse when they are not called through the schemas."""

from datetime import UTC, datetime

import pytest

from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db
from auth_service.promotions import operations as promotions
from auth_service.users import operations
from auth_service.users.errors import UserNotFound


def promote(app, user_id, email):
    parts = app.extensions["wiring"]
    promotions.promote_to_admin(
        db.session,
        parts.passwords,
        parts.revocation,
        parts.account_mails,
        parts.mfa_notices,
        user_id,
        email=email,
        new_password=None,
        origin=OPERATOR,
        now=datetime.now(UTC),
    )


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
    with app.app_context(), pytest.raises(UserNotFound):
        promote(app, 10**9, "nobody@example.org")


def test_promote_user_who_has_another_address_by_now_is_not_found(app, member):
    with app.app_context(), pytest.raises(UserNotFound):
        promote(app, member.id, "former@example.org")


def test_promote_with_the_old_password_of_an_unconfirmed_address_is_a_mistake_of_the_caller(app, member):
    with app.app_context(), pytest.raises(ValueError, match="confirmed"):
        promote(app, member.id, member.email)
