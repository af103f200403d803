"""Rotating API keys."""

from datetime import UTC, datetime, timedelta

import pytest


def rotate(client, person, key, **body):
    url = key["links"]["self"] + "/rotate"
    response = client.post(url, json=body, headers=person.headers) if body else client.post(url, headers=person.headers)
    assert response.status_code == 200, response.get_json()
    return response


def test_rotation_gives_a_new_secret_while_the_old_one_works_for_a_day(client, member, make_key, exchange, recorded):
    key = make_key(member)

    response = rotate(client, member, key)

    rotated = response.get_json()["data"]
    assert rotated["secret"] != key["secret"]
    assert rotated["secret"].startswith(rotated["prefix"])
    assert (rotated["id"], rotated["version"], response.headers["ETag"]) == (key["id"], 2, '"2"')
    left = datetime.fromisoformat(rotated["previous_valid_until"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(days=1)
    assert [exchange(each["secret"]).status_code for each in (key, rotated)] == [204, 204]
    (event,) = recorded("api_key_rotated")
    assert (event.user_id, event.details["overlap_seconds"]) == (member.id, 86_400)


def test_without_overlap_the_old_secret_ends_at_once(client, member, make_key, exchange):
    key = make_key(member)

    rotated = rotate(client, member, key, overlap_seconds=0).get_json()["data"]

    assert rotated["previous_valid_until"] is None
    assert exchange(key["secret"]).headers["X-Error-Code"] == "api_key_unknown"
    assert exchange(rotated["secret"]).status_code == 204


def test_after_the_overlap_the_old_secret_has_expired(client, member, make_key, exchange, alter):
    key = make_key(member)
    rotated = rotate(client, member, key, overlap_seconds=60).get_json()["data"]

    alter(key, previous_valid_until=datetime.now(UTC) - timedelta(seconds=1))

    assert exchange(key["secret"]).headers["X-Error-Code"] == "api_key_expired"
    assert exchange(rotated["secret"]).status_code == 204


def test_second_rotation_ends_the_oldest_secret(client, member, make_key, exchange):
    key = make_key(member)
    second = rotate(client, member, key).get_json()["data"]
    third = rotate(client, member, key).get_json()["data"]

    assert exchange(key["secret"]).headers["X-Error-Code"] == "api_key_unknown"
    assert [exchange(each["secret"]).status_code for each in (second, third)] == [204, 204]


@pytest.mark.parametrize("overlap", [-1, 604_801, "60", 1.5, True, None])
def test_overlap_that_is_not_acceptable_is_refused(client, member, make_key, overlap):
    url = make_key(member)["links"]["self"] + "/rotate"

    response = client.post(url, json={"overlap_seconds": overlap}, headers=member.headers)

    assert (response.status_code, list(response.get_json()["error"]["details"])) == (422, ["overlap_seconds"])


@pytest.mark.parametrize("overlap", [1, 604_800])
def test_overlap_lasts_up_to_a_week(client, member, make_key, overlap):
    rotate(client, member, make_key(member), overlap_seconds=overlap)


def test_tokens_of_the_key_go_on(client, member, make_key, exchange):
    """A rotation takes nothing from programs that have the key; only a revocation does."""
    key = make_key(member)
    headers = {"Authorization": f"Bearer {exchange(key['secret']).headers['X-Access-Token']}"}

    rotate(client, member, key, overlap_seconds=0)

    assert client.get("/api/v1/auth/me", headers=headers).status_code == 200
