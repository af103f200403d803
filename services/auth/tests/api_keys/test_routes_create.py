"""Making API keys."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from auth_service.api_keys.models import ApiKey
from auth_service.audit.models import AuditEvent
from auth_service.extensions import db

API_KEYS = "/api/v1/api-keys"
GOOD = {"name": "importer", "scopes": ["books:write"]}


def create(client, person, **values):
    return client.post(API_KEYS, json={**GOOD, **values}, headers=person.headers)


def test_key_is_shown_with_its_secret_and_where_it_is_found(client, member):
    response = create(client, member, allowed_addresses=["192.0.2.9/24"], expires_at="2999-01-02T03:04:05+01:00")

    key = response.get_json()["data"]
    assert response.status_code == 201
    assert response.headers["Location"] == key["links"]["self"] == f"{API_KEYS}/{key['id']}"
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r"key_[A-Za-z0-9_-]{22}", key["id"])
    assert re.fullmatch(r"colophon_[A-Za-z0-9_-]{43}", key["secret"])
    assert key["secret"].startswith(key["prefix"])
    assert (key["name"], key["scopes"], key["user_id"]) == ("importer", ["books:write"], member.id)
    assert (key["allowed_addresses"], key["expires_at"]) == (["192.0.2.0/24"], "2999-01-02T02:04:05Z")
    assert key["revoked_at"] is key["last_used_at"] is key["last_used_address"] is key["previous_valid_until"] is None


def test_secret_is_shown_once_and_stored_nowhere(app, client, member):
    key = create(client, member).get_json()["data"]

    for url in (API_KEYS, key["links"]["self"]):
        text = client.get(url, headers=member.headers).get_data(as_text=True)
        assert key["secret"] not in text
        assert '"secret"' not in text
        assert "hash" not in text
    with app.app_context():
        stored = db.session.execute(select(ApiKey.__table__)).mappings().one()
        recorded = db.session.scalars(select(AuditEvent.details)).all()
    assert key["secret"] not in str(stored)
    assert key["secret"] not in str(recorded)


def test_key_is_in_the_audit_log(app, client, member):
    key = create(client, member).get_json()["data"]

    with app.app_context():
        event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.user_id, event.actor_id) == ("api_key_created", member.id, member.id)
    assert event.details == {"api_key": key["id"], "name": "importer", "scopes": ["books:write"]}


def test_scopes_and_addresses_are_kept_without_repetition(client, member):
    key = create(
        client,
        member,
        scopes=["books:write", "books:read", "books:write"],
        allowed_addresses=["192.0.2.1", "192.0.2.1/32", "::ffff:192.0.2.1"],
    ).get_json()["data"]

    assert key["scopes"] == ["books:write", "books:read"]
    assert key["allowed_addresses"] == ["192.0.2.1/32"]


@pytest.mark.parametrize("nothing", [{}, {"expires_at": None, "allowed_addresses": None}, {"allowed_addresses": []}])
def test_key_without_end_and_without_addresses_works_for_ever_from_anywhere(client, member, nothing):
    key = create(client, member, **nothing).get_json()["data"]

    assert (key["expires_at"], key["allowed_addresses"]) == (None, [])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": None}, "name"),
        ({"name": 5}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"scopes": "books:read"}, "scopes"),
        ({"scopes": [1]}, "scopes.0"),
        ({"scopes": ["books:read"] * 1000}, "scopes"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": 4102444800}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-10:00"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+10:00"}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"allowed_addresses": ["192.0.2.0/33"]}, "allowed_addresses.0"),
        ({"allowed_addresses": ["192.0.2.1", "home"]}, "allowed_addresses.1"),
        ({"allowed_addresses": ["192.0.2.1"] * 51}, "allowed_addresses"),
        ({"allowed_addresses": "192.0.2.1"}, "allowed_addresses"),
        ({"allowed_addresses": ["9" * 5000]}, "allowed_addresses.0"),
        ({"user_id": 1}, "user_id"),
        ({"secret": "colophon_mine"}, "secret"),
        ({"id": "key_mine"}, "id"),
    ],
)
def test_value_that_is_not_acceptable_is_named(client, member, values, field):
    response = create(client, member, **values)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [field]


@pytest.mark.parametrize("missing", ["name", "scopes"])
def test_name_and_scopes_are_needed(client, member, missing):
    body = {name: value for name, value in GOOD.items() if name != missing}

    response = client.post(API_KEYS, json=body, headers=member.headers)

    assert (response.status_code, list(response.get_json()["error"]["details"])) == (422, [missing])


@pytest.mark.parametrize("scope", ["account:manage", "account:enrol", "users:admin", "books:admin", "books:all", ""])
def test_scope_that_is_not_the_owners_to_give_is_refused_by_name(client, member, scope):
    response = create(client, member, scopes=["books:read", scope])

    assert response.status_code == 422
    assert response.get_json()["error"]["details"] == {"scopes": [f"Not yours to give: {scope}."]}


def test_admin_gives_every_scope_but_those_over_accounts(client, admin):
    scopes = ["books:read", "books:write", "reviews:write", "reading_list:read", "reading_list:write"]
    scopes += ["books:curate", "books:import", "books:admin", "audit:read"]

    assert create(client, admin, scopes=[*scopes, "tokens:introspect"]).status_code == 201
    for scope in ("account:manage", "users:admin"):
        refused = create(client, admin, scopes=[*scopes, scope])
        assert refused.get_json()["error"]["details"] == {"scopes": [f"Not yours to give: {scope}."]}


def test_nobody_makes_keys_without_signing_in(client):
    assert client.post(API_KEYS, json=GOOD).get_json()["error"]["code"] == "token_missing"


@pytest.fixture(name="three_at_most")
def _three_at_most(app, build_app, service_environment):
    narrow = build_app({**service_environment("auth"), "AUTH_API_KEYS_PER_USER": "3"})
    app.extensions["wiring"], kept = narrow.extensions["wiring"], app.extensions["wiring"]
    yield
    app.extensions["wiring"] = kept


def test_account_has_so_many_live_keys_and_no_more(client, member, admin, make_key, three_at_most):
    keys = [make_key(member) for _ in range(3)]

    full = create(client, member)

    assert (full.status_code, full.get_json()["error"]["code"]) == (409, "too_many_api_keys")
    assert create(client, admin).status_code == 201
    client.delete(keys[0]["links"]["self"], headers=member.headers)
    assert create(client, member).status_code == 201
    assert create(client, member).status_code == 409


def test_expired_key_makes_room_for_another(app, client, member, make_key, three_at_most):
    keys = [make_key(member) for _ in range(3)]
    with app.app_context():
        db.session.get(ApiKey, keys[0]["id"]).expires_at = datetime.now(UTC) - timedelta(seconds=1)
        db.session.commit()

    assert create(client, member).status_code == 201
    assert create(client, member).status_code == 409
