"""What each role may do."""

import pytest

from auth_service.users.models import User
from auth_service.users.roles import ROLES, scope_of_role
from servicekit.testing.tokens import SCOPES_BY_ROLE


@pytest.mark.parametrize("role", ROLES)
def test_scopes_of_a_role_are_those_that_tests_elsewhere_rely_on(role):
    assert scope_of_role(role) == SCOPES_BY_ROLE[role]


def test_roles_are_those_that_the_table_accepts():
    (check,) = [c for c in User.__table__.constraints if c.name == "ck_users_role"]

    assert all(f"'{role}'" in str(check.sqltext) for role in ROLES)
