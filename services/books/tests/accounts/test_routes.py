"""The internal address that takes account events: who may call it, and what it takes."""

from __future__ import annotations

import pytest

URL = "/internal/account-events"
KINDS = ["account_renamed", "account_disabled", "account_enabled", "account_deleted"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taken_once(send, event, kind):
    first = event(kind)

    assert send(first) == (200, "applied")
    assert send(first) == (200, "repeated")


def test_without_a_token_nothing_is_taken(client, event, account):
    answer = client.post(URL, json=event())

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "token_missing")
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert account() is None


def test_access_token_of_anybody_is_refused(client, event, admin, member, account):
    for headers in (member, admin):
        answer = client.post(URL, json=event(), headers=headers)

        assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "token_invalid")
    assert account() is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "colophon"},
        {"iss": "elsewhere"},
        {"exp": 1},
        {"sub": "1"},
        {"jti": None},
        {"headers": {"typ": "at+jwt"}},
        {"headers": {"kid": "unknown"}},
        {"secret": "x" * 48},
    ],
)
def test_service_token_that_is_wrong_in_one_way_is_refused(client, event, tokens, account, wrong):
    answer = client.post(URL, json=event(), headers={"Authorization": f"Bearer {tokens.service_token(**wrong)}"})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "token_invalid")
    assert account() is None


def test_another_service_than_auth_has_nothing_to_say_about_accounts(client, event, tokens, account):
    headers = {"Authorization": f"Bearer {tokens.service_token('books')}"}
    answer = client.post(URL, json=event(), headers=headers)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forbidden")
    assert account() is None


def test_service_token_opens_no_other_address(client, auth_service):
    assert client.post("/api/v1/books", json={"title": "T"}, headers=auth_service).status_code == 401


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"kind": "account_promoted"}, "kind"),
        ({"kind": None}, "kind"),
        ({"sequence": 0}, "sequence"),
        ({"sequence": "5"}, "sequence"),
        ({"sequence": True}, "sequence"),
        ({"sequence": 10**18}, "sequence"),
        ({"user_id": 0}, "user_id"),
        ({"user_id": -1}, "user_id"),
        ({"event_id": "no"}, "event_id"),
        ({"event_id": "A" * 32}, "event_id"),
        ({"event_id": "a" * 32 + "\n"}, "event_id"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-11-20T12:00:00"}, "occurred_at"),
        ({"payload": None}, "payload"),
        ({"payload": []}, "payload"),
        ({"payload": {}}, "payload.display_name"),
        ({"payload": {"display_name": ""}}, "payload.display_name"),
        ({"payload": {"display_name": "x" * 201}}, "payload.display_name"),
        ({"payload": {"display_name": "a\x00b"}}, "payload.display_name"),
        ({"payload": {"display_name": 7}}, "payload.display_name"),
        ({"payload": {"display_name": "Ada", "email": "ada@example.org"}}, "payload.email"),
        ({"kind": "account_deleted", "payload": {"display_name": "Ada"}}, "payload.display_name"),
        ({"role": "admin"}, "role"),
    ],
)
def test_event_that_is_not_understood_is_refused_by_name(client, event, auth_service, account, members, field):
    answer = client.post(URL, json=event(**members), headers=auth_service)

    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["details"]) == [field]
    assert account() is None


@pytest.mark.parametrize("missing", ["event_id", "sequence", "user_id", "kind", "payload", "occurred_at"])
def test_every_member_is_needed(client, event, auth_service, missing):
    body = event()
    del body[missing]

    answer = client.post(URL, json=body, headers=auth_service)

    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["details"]) == [missing]


@pytest.mark.parametrize(("body", "status"), [(b"", 400), (b"[]", 400), (b"{", 400), (b"\xff", 400)])
def test_body_that_is_no_object_is_malformed(client, auth_service, body, status):
    answer = client.post(URL, data=body, content_type="application/json", headers=auth_service)

    assert answer.status_code == status


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_not_allowed(client, auth_service, method):
    assert client.open(URL, method=method, headers=auth_service).status_code == 405


def test_address_is_in_no_public_document(app):
    assert not any("internal" in path for path in app.extensions["api"].spec.to_dict()["paths"])
