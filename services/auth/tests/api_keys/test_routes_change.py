"""Changing API keys."""

from datetime import UTC, datetime, timedelta

import pytest

PAST = datetime.now(UTC) - timedelta(minutes=1)


def patch(client, person, key, changes, **headers):
    return client.patch(key["links"]["self"], json=changes, headers={**person.headers, **headers})


def test_named_fields_change_and_others_stay(client, member, make_key, recorded):
    key = make_key(member, allowed_addresses=["192.0.2.0/24"], expires_at="2999-01-01T00:00:00Z")

    response = patch(client, member, key, {"name": "reader", "scopes": ["books:read"]})

    changed = response.get_json()["data"]
    assert response.status_code == 200
    assert (changed["name"], changed["scopes"], changed["version"]) == ("reader", ["books:read"], 2)
    assert response.headers["ETag"] == '"2"'
    assert (changed["allowed_addresses"], changed["expires_at"]) == (key["allowed_addresses"], key["expires_at"])
    assert "secret" not in changed
    (event,) = recorded("api_key_changed")
    assert (event.user_id, event.details["fields"]) == (member.id, ["name", "scopes"])


@pytest.mark.parametrize(("field", "cleared"), [("expires_at", None), ("allowed_addresses", [])])
def test_null_clears(client, member, make_key, field, cleared):
    key = make_key(member, allowed_addresses=["192.0.2.0/24"], expires_at="2999-01-01T00:00:00Z")

    assert patch(client, member, key, {field: None}).get_json()["data"][field] == cleared


def test_what_was_read_can_be_sent_back_and_changes_nothing(client, member, make_key, recorded):
    key = make_key(member, allowed_addresses=["192.0.2.0/24"], expires_at="2999-01-01T00:00:00Z")
    read = client.get(key["links"]["self"], headers=member.headers).get_json()["data"]

    assert patch(client, member, key, read).get_json()["data"] == read
    assert recorded("api_key_changed") == []


def test_scope_that_the_owner_has_lost_may_stay_but_not_come_back(client, admin, member, make_key, add_person):
    librarian = add_person("librarian")
    key = make_key(librarian, scopes=["books:read", "books:curate"])
    assert client.patch(librarian.url, json={"role": "user"}, headers=admin.headers).status_code == 200
    tokens = client.post("/api/v1/auth/refresh", json={"refresh_token": librarian.refresh_token}).get_json()["data"]
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    def scopes(*wanted):
        return client.patch(key["links"]["self"], json={"scopes": wanted}, headers=headers)

    assert scopes("books:read", "books:curate").status_code == 200
    assert scopes("books:read").status_code == 200
    assert scopes("books:read", "books:curate").status_code == 422


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({}, 400, "nothing_to_update"),
        ({"version": 7, "links": {}}, 400, "nothing_to_update"),
        ({"name": None}, 422, "validation_failed"),
        ({"scopes": []}, 422, "validation_failed"),
        ({"scopes": None}, 422, "validation_failed"),
        ({"scopes": ["account:manage"]}, 422, "validation_failed"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "validation_failed"),
        ({"secret": "mine"}, 422, "validation_failed"),
        ({"secret_hash": "0" * 64}, 422, "validation_failed"),
        ({"known_addresses": []}, 422, "validation_failed"),
    ],
)
def test_change_that_is_not_acceptable_is_refused(client, member, make_key, changes, status, code):
    response = patch(client, member, make_key(member), changes)

    assert (response.status_code, response.get_json()["error"]["code"]) == (status, code)


def test_precondition_guards_every_change(client, member, make_key):
    key = make_key(member)
    url, stale = key["links"]["self"], {**member.headers, "If-Match": '"1"'}
    assert patch(client, member, key, {"name": "second"}, **{"If-Match": '"1"'}).status_code == 200

    for response in (
        client.patch(url, json={"name": "third"}, headers=stale),
        client.post(url + "/rotate", headers=stale),
        client.delete(url, headers=stale),
    ):
        assert (response.status_code, response.get_json()["error"]["code"]) == (412, "precondition_failed")
    assert client.delete(url, headers={**member.headers, "If-Match": '"2"'}).status_code == 204


@pytest.mark.parametrize("ended", [{"revoked_at": PAST}, {"expires_at": PAST}])
def test_key_that_is_over_stays_so(client, member, make_key, alter, ended):
    key = make_key(member)
    alter(key, **ended)

    for response in (
        patch(client, member, key, {"expires_at": None}),
        client.post(key["links"]["self"] + "/rotate", headers=member.headers),
    ):
        assert (response.status_code, response.get_json()["error"]["code"]) == (409, "api_key_not_live")
