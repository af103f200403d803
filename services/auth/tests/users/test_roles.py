"""What each role may do."""

import pytest

from auth_service.users.models import User
from auth_service.users.roles import ROLES, scopes_of_role

OF_A_USER = "books:read books:write reviews:write reading_list:read reading_list:write account:manage account:enrol"


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("user", OF_A_USER),
        ("librarian", f"{OF_A_USER} books:curate books:import"),
        ("admin", f"{OF_A_USER} books:curate books:import books:admin users:admin audit:read tokens:introspect"),
    ],
)
def test_scopes_of_a_role_are_those_that_services_rely_on(role, scope):
    assert " ".join(scopes_of_role(role)) == scope


def test_roles_are_those_that_the_table_accepts():
    (check,) = [c for c in User.__table__.constraints if c.name == "ck_users_role"]

    assert all(f"'{role}'" in str(check.sqltext) for role in ROLES)
