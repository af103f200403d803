"""Seeing API keys."""

import pytest

API_KEYS = "/api/v1/api-keys"


def listed(client, person, query=""):
    response = client.get(API_KEYS + query, headers=person.headers)
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def test_keys_come_in_pages_the_newest_first(client, member, make_key):
    names = [make_key(member, name=f"key {number}")["name"] for number in range(5)]

    first = listed(client, member, "?per_page=3")
    second = listed(client, member, "?per_page=3&page=2")

    assert [key["name"] for key in first["data"] + second["data"]] == names[::-1]
    assert first["pagination"]["total_items"] == 5


def test_list_shows_what_a_single_key_shows(client, member, make_key):
    key = make_key(member)

    (shown,) = listed(client, member)["data"]
    single = client.get(key["links"]["self"], headers=member.headers)

    assert shown == single.get_json()["data"] == {name: value for name, value in key.items() if name != "secret"}
    assert single.headers["ETag"] == '"1"'


def test_keys_of_others_are_neither_listed_nor_found(client, member, add_person, make_key):
    theirs = make_key(add_person())

    assert listed(client, member)["data"] == []
    for method in ("GET", "PATCH", "DELETE"):
        body = {"json": {"name": "mine"}} if method == "PATCH" else {}
        response = client.open(theirs["links"]["self"], method=method, headers=member.headers, **body)
        assert (response.status_code, response.get_json()["error"]["code"]) == (404, "api_key_not_found"), method
    rotated = client.post(theirs["links"]["self"] + "/rotate", headers=member.headers)
    assert rotated.get_json()["error"]["code"] == "api_key_not_found"


def test_list_of_another_is_for_admins(client, member, admin, make_key):
    key = make_key(member)

    assert [each["id"] for each in listed(client, admin, f"?user_id={member.id}")["data"]] == [key["id"]]
    assert listed(client, admin)["data"] == listed(client, admin, f"?user_id={10**17}")["data"] == []
    assert len(listed(client, member, f"?user_id={member.id}")["data"]) == 1
    refused = client.get(f"{API_KEYS}?user_id={admin.id}", headers=member.headers)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "forbidden")


def test_admin_sees_and_revokes_a_key_of_another_but_never_gets_its_secret(client, member, admin, make_key):
    url = make_key(member)["links"]["self"]

    assert client.get(url, headers=admin.headers).status_code == 200
    assert client.patch(url, json={"name": "taken"}, headers=admin.headers).status_code == 404
    assert client.post(url + "/rotate", headers=admin.headers).status_code == 404
    assert client.delete(url, headers=admin.headers).status_code == 204
    assert client.get(url, headers=member.headers).get_json()["data"]["revoked_at"] is not None


@pytest.mark.parametrize("key_id", ["unknown", "key_" + "a" * 22, "%00", "' OR 1=1 --", "x" * 3000, "1"])
def test_unknown_key_is_not_found(client, member, key_id):
    assert client.get(f"{API_KEYS}/{key_id}", headers=member.headers).status_code == 404
    assert client.delete(f"{API_KEYS}/{key_id}", headers=member.headers).status_code == 404


@pytest.mark.parametrize("query", ["?user_id=me", "?user_id=0", "?user_id=-1", "?page=0", "?owner=1", "?user_id="])
def test_query_that_is_not_acceptable_is_refused(client, member, query):
    assert client.get(API_KEYS + query, headers=member.headers).status_code == 422


def test_keys_go_with_their_owner(client, member, admin, make_key, exchange):
    key = make_key(member)

    assert client.delete(member.url, headers=admin.headers).status_code == 204

    assert client.get(key["links"]["self"], headers=admin.headers).status_code == 404
    assert exchange(key["secret"]).headers["X-Error-Code"] == "api_key_unknown"
