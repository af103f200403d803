"""Entity tags of users, and changes that hold for one version only (RFC 9110, section 13.1.1)."""

import pytest

USERS = "/api/v1/users"
PROFILE = f"{USERS}/profile"
ME = "/api/v1/auth/me"
STALE = ['"2"', 'W/"1"', '"0", "3"']


def if_match(person, tag):
    return {**person.headers, "If-Match": tag}


@pytest.mark.parametrize("url", [PROFILE, ME, None])
def test_user_that_is_read_carries_its_version_as_tag(client, member, url):
    first = client.get(url or member.url, headers=member.headers)
    client.patch(PROFILE, json={"name": "Countess"}, headers=member.headers)
    second = client.get(url or member.url, headers=member.headers)

    # What is one's own is at an address that others share, so the tag says whose it is.
    whose = "" if url is None else f"-{first.get_json()['data']['id']}"
    assert (first.headers["ETag"], second.headers["ETag"]) == (f'"1{whose}"', f'"2{whose}"')


@pytest.mark.parametrize("url", [PROFILE, ME])
def test_tag_of_one_account_is_not_known_to_another(client, member, admin, url):
    tag = client.get(url, headers=member.headers).headers["ETag"]

    assert client.get(url, headers={**member.headers, "If-None-Match": tag}).status_code == 304
    assert client.get(url, headers={**admin.headers, "If-None-Match": tag}).status_code == 200


def test_user_that_is_made_carries_its_version_as_tag(client, admin):
    new = {"email": "grace@example.org", "password": "nanoseconds of wire"}

    assert client.post(USERS, json=new, headers=admin.headers).headers["ETag"] == '"1"'
    assert client.post("/api/v1/auth/register", json={**new, "email": "h@example.org"}).headers["ETag"] == '"1"'


@pytest.mark.parametrize("url", [USERS, "/api/v1/auth/sessions", "/api/v1/api-keys"])
def test_list_that_is_known_is_not_sent_again_until_it_changes(client, member, admin, url):
    tag = client.get(url, headers=admin.headers).headers["ETag"]
    assert client.get(url, headers={**admin.headers, "If-None-Match": tag}).status_code == 304

    client.patch(PROFILE, json={"name": "Countess"}, headers=member.headers)
    client.post("/api/v1/auth/login", json={"email": admin.email, "password": admin.password})
    client.post("/api/v1/api-keys", json={"name": "A", "scopes": ["books:read"]}, headers=admin.headers)

    assert client.get(url, headers={**admin.headers, "If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("tag", ["", "nonsense"])
def test_condition_that_cannot_be_read_is_refused(client, member, tag):
    response = client.patch(PROFILE, json={"name": "Countess"}, headers=if_match(member, tag))

    assert (response.status_code, response.get_json()["error"]["code"]) == (400, "if_match_malformed")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("own", [True, False])
def test_change_carries_the_tag_for_the_next_one(client, member, method, own):
    url = PROFILE if own else member.url
    tag = client.get(url, headers=member.headers).headers["ETag"]
    for name in ("Countess", "Lady"):
        response = client.open(url, method=method, json={"name": name}, headers=if_match(member, tag))

        assert response.status_code == 200
        assert response.headers["ETag"].strip('"').split("-")[0] == str(response.get_json()["data"]["version"])
        assert response.headers["ETag"] != tag
        tag = response.headers["ETag"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("tag", STALE)
def test_change_of_another_version_is_refused(client, member, method, own, tag):
    url = PROFILE if own else member.url

    response = client.open(url, method=method, json={"name": "Countess"}, headers=if_match(member, tag))

    assert response.status_code == 412
    assert response.get_json()["error"]["code"] == "precondition_failed"
    assert client.get(url, headers=member.headers).get_json()["data"]["name"] == "Ada Lovelace"


@pytest.mark.parametrize("tag", ['"1"', '"7", "1"', "*"])
def test_change_of_the_named_version_is_made(client, member, admin, tag):
    assert client.patch(member.url, json={"name": "A"}, headers=if_match(admin, tag)).status_code == 200


@pytest.mark.parametrize("tag", STALE)
def test_deletion_of_another_version_is_refused(client, member, admin, tag):
    response = client.delete(member.url, headers=if_match(admin, tag))

    assert response.status_code == 412
    assert response.get_json()["error"]["code"] == "precondition_failed"
    assert client.get(ME, headers=member.headers).status_code == 200


@pytest.mark.parametrize("tag", STALE)
def test_deletion_of_oneself_in_another_version_is_refused(client, member, tag):
    for url in (PROFILE, member.url):
        assert client.delete(url, json=member.confirmation, headers=if_match(member, tag)).status_code == 412


@pytest.mark.parametrize("tag", ['"1"', "*"])
def test_deletion_of_the_named_version_is_made(client, member, tag):
    response = client.delete(member.url, json=member.confirmation, headers=if_match(member, tag))

    assert response.status_code == 204


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_whom_there_is_not_and_who_may_not_come_before_the_version(client, member, admin, method):
    body = None if method == "DELETE" else {"name": "A"}

    unknown = client.open(f"{USERS}/999999999", method=method, json=body, headers=if_match(admin, '"9"'))
    other = client.open(admin.url, method=method, json=body, headers=if_match(member, '"9"'))

    assert (unknown.status_code, other.status_code) == (404, 403)


def test_version_comes_before_what_the_change_would_need(client, member):
    """A refused precondition says nothing of the password, and is no guess at it."""
    body = {"password": "analytical engines", "current_password": "not it at all"}

    for _ in range(6):
        assert client.patch(PROFILE, json=body, headers=if_match(member, '"9"')).status_code == 412


def test_signing_in_and_staying_signed_in_is_no_change(client, member):
    body = {"email": member.email, "password": member.password}
    tokens = client.post("/api/v1/auth/login", json=body).get_json()["data"]
    client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    client.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    client.post("/api/v1/auth/login", json={**body, "password": "not it at all"})

    assert client.get(member.url, headers=member.headers).headers["ETag"] == '"1"'


def test_change_that_changes_nothing_keeps_the_tag(client, member):
    response = client.put(member.url, json={"name": "Ada Lovelace"}, headers=if_match(member, '"1"'))

    assert response.headers["ETag"] == '"1"'
