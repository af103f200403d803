"""What each role may do."""

import pytest

from auth_service.users.models import User
from auth_service.users.roles import ROLES, scopes_of_role


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("user", "books:read books:write account:manage account:enrol"),
        ("librarian", "books:read books:write account:manage account:enrol books:curate books:import"),
        (
            "admin",
            "books:read books:write account:manage account:enrol books:curate books:import books:admin users:admin "
            "audit:read tokens:introspect",
        ),
    ],
)
def test_scopes_of_a_role_are_those_that_services_rely_on(role, scope):
    assert " ".join(scopes_of_role(role)) == scope


def test_roles_are_those_that_the_table_accepts():
    (check,) = [c for c in User.__table__.constraints if c.name == "ck_users_role"]

    assert all(f"'{role}'" in str(check.sqltext) for role in ROLES)
