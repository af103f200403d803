"""Creating users as an admin."""

import pytest

URL = "/api/v1/users"
NEW = {"email": "grace@example.org", "username": "grace", "name": "Grace Hopper", "password": "nanoseconds of wire"}


@pytest.mark.parametrize("role", ["user", "librarian", "admin"])
def test_create_user_with_any_role(client, admin, role):
    response = client.post(URL, json={**NEW, "role": role}, headers=admin.headers)

    assert response.status_code == 201
    created = response.get_json()["data"]
    assert response.headers["Location"] == created["links"]["self"] == f"{URL}/{created['id']}"
    assert (created["email"], created["username"], created["name"], created["role"], created["version"]) == (
        "grace@example.org",
        "grace",
        "Grace Hopper",
        role,
        1,
    )
    assert "nanoseconds" not in response.get_data(as_text=True)
    assert "argon2" not in response.get_data(as_text=True)


def test_create_user_needs_no_more_than_email_and_password(client, admin):
    response = client.post(
        URL, json={"email": " Grace@Example.org ", "password": NEW["password"]}, headers=admin.headers
    )

    created = response.get_json()["data"]
    assert (created["email"], created["username"], created["name"], created["role"]) == (
        "Grace@Example.org",
        None,
        None,
        "user",
    )


def test_created_user_can_sign_in(client, admin):
    client.post(URL, json=NEW, headers=admin.headers)

    response = client.post("/api/v1/auth/login", json={"username": "GRACE", "password": NEW["password"]})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        ({"email": "ADA@example.ORG"}, "email_already_taken"),
        ({"username": "ADA"}, "username_already_taken"),
        ({"username": "\uff41da"}, "username_already_taken"),
    ],
)
def test_create_user_with_a_taken_name_is_a_conflict(client, admin, member, taken, code):
    response = client.post(URL, json={**NEW, **taken}, headers=admin.headers)

    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == code
    assert client.get(URL, headers=admin.headers).get_json()["pagination"]["total_items"] == 2


def test_create_user_is_for_admins(client, member):
    assert client.post(URL, json=NEW, headers=member.headers).status_code == 403
    assert client.post(URL, json=NEW).status_code == 401


def test_create_user_names_every_bad_field_at_once(client, admin):
    response = client.post(
        URL, json={"email": "x", "username": "@", "password": "short", "role": "king", "id": 1}, headers=admin.headers
    )

    assert response.status_code == 422
    assert set(response.get_json()["error"]["details"]) == {"email", "username", "password", "role", "id"}


@pytest.mark.parametrize("password", ["grace@example.org", "GRACE@example.org", "grace.hopper"])
def test_password_that_is_a_name_of_the_new_user_is_refused(client, admin, password):
    response = client.post(URL, json={**NEW, "username": "grace.hopper", "password": password}, headers=admin.headers)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == ["password"]
