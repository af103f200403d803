"""Members that only the server sets never come from a request."""

import pytest
from sqlalchemy import select

from auth_service.extensions import db
from auth_service.users.models import User

ACCOUNT = {"email": "grace@example.org", "password": "nanoseconds of wire"}
SHOWN_AND_READ_ONLY = {
    "id": 1,
    "email_verified_at": "2026-01-01T00:00:00Z",
    "disabled_at": "2026-01-01T00:00:00Z",
    "version": 99,
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2020-01-01T00:00:00Z",
    "links": {"self": "/api/v1/users/1"},
}
HIDDEN = {
    "token_epoch": 7,
    "password_hash": "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$x",
    "email_normalized": "x@example.org",
    "username_normalized": "x",
    "email_verified": True,
    "disabled": False,
    "is_admin": True,
    "scope": "users:admin",
}
EVERYTHING = SHOWN_AND_READ_ONLY | HIDDEN


def stored(app, user_id):
    with app.app_context():
        return dict(db.session.execute(select(*User.__table__.columns).where(User.id == user_id)).mappings().one())


@pytest.mark.parametrize("name", [*EVERYTHING, "role"])
def test_registration_with_what_only_the_server_sets_is_refused(client, name):
    value = {**EVERYTHING, "role": "admin"}[name]
    response = client.post("/api/v1/auth/register", json={**ACCOUNT, name: value})

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [name]


@pytest.mark.parametrize("name", EVERYTHING)
def test_creation_by_an_admin_with_what_only_the_server_sets_is_refused(client, admin, name):
    response = client.post("/api/v1/users", json={**ACCOUNT, name: EVERYTHING[name]}, headers=admin.headers)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [name]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("by_admin", [True, False])
@pytest.mark.parametrize("name", SHOWN_AND_READ_ONLY)
def test_what_an_answer_shows_and_only_the_server_sets_is_ignored(app, client, admin, member, method, by_admin, name):
    before = stored(app, member.id)
    body = {"name": "Countess", name: SHOWN_AND_READ_ONLY[name]}

    response = client.open(member.url, method=method, json=body, headers=admin.headers if by_admin else member.headers)

    assert response.status_code == 200
    after = stored(app, member.id)
    changed = {column for column, value in after.items() if before[column] != value}
    assert changed <= {"name", "version", "updated_at"}
    assert (after["name"], after["version"]) == ("Countess", before["version"] + 1)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("by_admin", [True, False])
@pytest.mark.parametrize("name", HIDDEN)
def test_what_no_answer_shows_is_refused_in_a_change(app, client, admin, member, method, by_admin, name):
    before = stored(app, member.id)
    headers = admin.headers if by_admin else member.headers

    response = client.open(member.url, method=method, json={"name": "Countess", name: HIDDEN[name]}, headers=headers)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [name]
    assert stored(app, member.id) == before


@pytest.mark.parametrize("url", ["/api/v1/users/profile", None])
def test_role_in_a_change_of_oneself_is_refused_for_members_of_any_role(app, client, add_person, url):
    for role in ("user", "librarian"):
        person = add_person(role)

        response = client.patch(url or person.url, json={"name": "A", "role": "admin"}, headers=person.headers)

        assert response.get_json()["error"]["code"] == "role_change_forbidden"
        assert (stored(app, person.id)["role"], stored(app, person.id)["name"]) == (role, None)
