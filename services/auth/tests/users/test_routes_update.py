"""Changing users, oneself and others."""

import pytest

PROFILE = "/api/v1/users/profile"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_changes_the_named_fields_only(client, member, method):
    for version, url in ((2, member.url), (3, PROFILE)):
        response = client.open(url, method=method, json={"name": f"Countess {version}"}, headers=member.headers)

        assert response.status_code == 200
        changed = response.get_json()["data"]
        assert (changed["name"], changed["username"], changed["email"], changed["version"]) == (
            f"Countess {version}",
            "ada",
            "Ada@Example.org",
            version,
        )


def test_merge_patch_is_read_under_its_own_media_type(client, member):
    response = client.patch(
        member.url, data='{"name": null}', content_type="application/merge-patch+json", headers=member.headers
    )

    assert response.get_json()["data"]["name"] is None


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_null_clears_name_and_username(client, member, method):
    response = client.open(PROFILE, method=method, json={"name": None, "username": None}, headers=member.headers)

    changed = response.get_json()["data"]
    assert (changed["name"], changed["username"]) == (None, None)
    assert client.post("/api/v1/auth/login", json={"username": "ada", "password": member.password}).status_code == 401


@pytest.mark.parametrize("field", ["email", "password", "role"])
def test_null_for_what_everybody_has_is_refused(client, admin, member, field):
    response = client.patch(member.url, json={field: None}, headers=admin.headers)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [field]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_was_read_can_be_sent_back(client, member, method):
    read = client.get(member.url, headers=member.headers).get_json()["data"]

    response = client.open(member.url, method=method, json=read, headers=member.headers)

    assert response.status_code == 200
    assert response.get_json()["data"] == read


def test_read_only_fields_are_ignored_beside_a_change(client, member):
    body = {"id": 999, "version": 77, "created_at": "never", "updated_at": 0, "links": [], "name": "Countess"}

    response = client.put(member.url, json=body, headers=member.headers)

    changed = response.get_json()["data"]
    assert (changed["id"], changed["version"], changed["name"]) == (member.id, 2, "Countess")


@pytest.mark.parametrize(
    "body", [{}, {"id": 1}, {"version": 3, "links": {}}, {"current_password": "correct horse battery"}]
)
def test_body_without_anything_to_change_is_refused(client, member, body):
    response = client.patch(member.url, json=body, headers=member.headers)

    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "nothing_to_update"


def test_unknown_fields_are_named(client, member):
    response = client.put(
        member.url, json={"email_verified": True, "password_hash": "x", "name": "A"}, headers=member.headers
    )

    assert response.status_code == 422
    assert set(response.get_json()["error"]["details"]) == {"email_verified", "password_hash"}


def test_another_user_cannot_be_changed(client, member, add_person):
    other = add_person()

    for url in (other.url, "/api/v1/users/999999999"):
        response = client.patch(url, json={"name": "Mine"}, headers=member.headers)

        assert response.status_code == 403
        assert response.get_json()["error"]["code"] == "forbidden"


def test_unknown_user_is_not_found_for_an_admin(client, admin):
    response = client.put("/api/v1/users/999999999", json={"name": "Nobody"}, headers=admin.headers)

    assert response.status_code == 404
    assert response.get_json()["error"]["code"] == "user_not_found"


@pytest.mark.parametrize(
    ("taken", "code"),
    [({"email": "ADMIN@example.org"}, "email_already_taken"), ({"username": "The.ADMIN"}, "username_already_taken")],
)
def test_name_of_another_user_is_a_conflict(client, member, admin, taken, code):
    response = client.patch(member.url, json=taken, headers=admin.headers)

    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == code


def test_own_name_in_another_case_is_no_conflict(client, member):
    response = client.patch(
        member.url,
        json={"email": "ADA@example.org", "username": "ADA", "current_password": member.password},
        headers=member.headers,
    )

    assert response.status_code == 200
    assert response.get_json()["data"]["username"] == "ADA"


def test_role_is_not_for_oneself_to_change(client, member):
    for url in (member.url, PROFILE):
        response = client.patch(url, json={"role": "admin"}, headers=member.headers)

        assert response.status_code == 403
        assert response.get_json()["error"]["code"] == "role_change_forbidden"


def test_role_changed_by_an_admin_ends_the_sessions(client, member, admin):
    response = client.patch(member.url, json={"role": "librarian"}, headers=admin.headers)

    assert response.get_json()["data"]["role"] == "librarian"
    refused = client.get("/api/v1/auth/me", headers=member.headers)
    assert refused.get_json()["error"]["code"] == "token_revoked"
    login = client.post("/api/v1/auth/login", json={"username": "ada", "password": member.password}).get_json()["data"]
    assert login["user"]["role"] == "librarian"


def test_same_role_is_no_change(client, member, admin):
    assert client.patch(member.url, json={"role": "user"}, headers=admin.headers).get_json()["data"]["version"] == 1
    assert client.get("/api/v1/auth/me", headers=member.headers).status_code == 200


def test_last_admin_cannot_be_demoted(client, admin, add_person):
    response = client.patch(admin.url, json={"role": "user"}, headers=admin.headers)

    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == "last_admin"
    add_person("admin")
    assert client.patch(admin.url, json={"role": "user"}, headers=admin.headers).status_code == 200
    assert client.get("/api/v1/auth/me", headers=admin.headers).status_code == 401
