"""Reading the audit log, as admins do and as members do their own part of it."""

from datetime import UTC, datetime, timedelta

import pytest

from auth_service.audit import filters
from auth_service.audit.models import AuditEvent
from auth_service.audit.schemas import ACTIONS
from auth_service.extensions import db

AUDIT = "/api/v1/audit"
ACTIVITY = "/api/v1/users/profile/activity"
PROFILE = "/api/v1/users/profile"
LOGIN = "/api/v1/auth/login"
BEGIN = datetime(2025, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(name="add_events")
def _add_events(app, client):
    """Return a function that stores events as they are given, a minute apart, and gives their ids."""

    def add(*events):
        with app.app_context():
            rows = []
            for number, values in enumerate(events):
                row = AuditEvent(**{"action": "signed_in", "occurred_at": BEGIN + timedelta(minutes=number), **values})
                db.session.add(row)
                db.session.flush()
                rows.append(row.id)
            db.session.commit()
            return rows

    return add


@pytest.fixture(name="read")
def _read(client, admin):
    """Return a function that gives the ids of the events that an admin finds by a query, in their order."""

    def read(query=""):
        response = client.get(f"{AUDIT}?to=2025-12-31&{query}", headers=admin.headers)
        assert response.status_code == 200, response.get_json()
        return [event["id"] for event in response.get_json()["data"]]

    return read


def test_admin_sees_who_did_what_to_whom_and_from_where(client, admin, member):
    headers = {**admin.headers, "User-Agent": "Desk/1", "X-Request-Id": "a-request"}
    client.patch(member.url, json={"role": "librarian"}, headers=headers)

    newest = client.get(AUDIT, headers=admin.headers).get_json()["data"][0]

    assert newest.pop("occurred_at").endswith("Z")
    assert len(newest.pop("session_id")) == 32
    assert newest.pop("id") > 0
    assert newest == {
        "action": "role_changed",
        "user_id": member.id,
        "actor_id": admin.id,
        "address": "127.0.0.1",
        "user_agent": "Desk/1",
        "request_id": "a-request",
        "details": {"from": "user", "to": "librarian"},
        "links": {"user": member.url, "actor": admin.url},
    }


def test_event_about_nobody_known_links_to_nobody(client, admin):
    client.post(LOGIN, json={"email": "nobody@example.org", "password": "x"})

    newest = client.get(AUDIT, headers=admin.headers).get_json()["data"][0]

    assert (newest["user_id"], newest["actor_id"]) == (None, None)
    assert newest["links"] == {"user": None, "actor": None}


def test_events_outlive_the_account(client, admin, member):
    client.delete(member.url, headers=admin.headers)

    events = client.get(f"{AUDIT}?user_id={member.id}", headers=admin.headers).get_json()["data"]

    assert [event["action"] for event in events] == ["user_deleted", "signed_in", "user_created"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3, 2, 1, 0]),
        ("user_id=7", [1, 0]),
        ("actor_id=7", [2, 0]),
        ("user_id=7&actor_id=7", [0]),
        ("action=signed_in", [1, 0]),
        ("action=signed_in,%20role_changed", [3, 1, 0]),
        ("action=user_deleted", []),
        ("address=10.0.0.1", [1, 0]),
        ("address=2001:DB8:0::1", [2]),
        ("session_id=abc", [3, 0]),
        ("request_id=r-1", [1]),
        ("from=2025-05-01T12:01:00Z", [3, 2, 1]),
        ("from=2025-05-01T14:01:00.000001%2B02:00", [3, 2]),
        ("from=2025-05-02", []),
        ("session_id=abc&action=role_changed&from=2025-05-01", [3]),
    ],
)
def test_events_meet_every_filter_that_is_given(add_events, read, query, found):
    ids = add_events(
        {"user_id": 7, "actor_id": 7, "address": "10.0.0.1", "session_id": "abc"},
        {"user_id": 7, "actor_id": 8, "address": "10.0.0.1", "request_id": "r-1"},
        {"user_id": 8, "actor_id": 7, "address": "2001:db8::1", "action": "user_changed"},
        {"action": "role_changed", "session_id": "abc"},
    )

    assert read(query) == [ids[number] for number in found]


def test_end_of_a_range_is_included(add_events, client, admin):
    first, *_ = add_events({}, {}, {})

    found = client.get(f"{AUDIT}?to=2025-05-01T12:00:00Z", headers=admin.headers).get_json()["data"]

    assert [event["id"] for event in found] == [first]


def test_walk_by_cursors_meets_every_event_once(client, admin, add_events):
    """Several of one moment, as those of one transaction are, and ids that are not in the order of time."""
    moments = [timedelta(seconds=number % 4) for number in range(25)]
    ids = add_events(*({"user_id": 7, "occurred_at": BEGIN - moment} for moment in moments))
    met, url = [], f"{AUDIT}?user_id=7&per_page=4"
    for _ in range(20):
        response = client.get(url, headers=admin.headers)
        body = response.get_json()
        met += [(event["occurred_at"], event["id"]) for event in body["data"]]
        assert body["pagination"]["has_next"] is (body["pagination"]["next_cursor"] is not None)
        if not body["pagination"]["has_next"]:
            assert "Link" not in response.headers
            break
        url = response.headers["Link"].partition(">")[0].removeprefix("<")
        assert f"cursor={body['pagination']['next_cursor']}" in url
        add_events({"user_id": 7, "occurred_at": datetime.now(UTC)})

    assert [number for _, number in met] == sorted(
        ids, key=lambda number: (BEGIN - moments[ids.index(number)], number), reverse=True
    )


def test_cursor_that_was_tampered_with_is_refused(client, admin, add_events):
    add_events({}, {})
    cursor = client.get(f"{AUDIT}?per_page=1", headers=admin.headers).get_json()["pagination"]["next_cursor"]
    for changed in (cursor[:-1], cursor[1:], cursor + "A", cursor[:5] + "x" + cursor[6:], cursor.swapcase()):
        refused = client.get(AUDIT, query_string={"cursor": changed}, headers=admin.headers)

        assert refused.status_code == 422
        assert refused.get_json()["error"]["code"] == "cursor_invalid"
        assert list(refused.get_json()["error"]["details"]) == ["cursor"]


def test_page_of_the_audit_log_is_clamped(client, admin):
    assert client.get(f"{AUDIT}?per_page=1000", headers=admin.headers).get_json()["pagination"]["per_page"] == 100


def test_audit_log_is_for_admins(client, member, add_person):
    for caller in (member, add_person("librarian")):
        refused = client.get(AUDIT, headers=caller.headers)

        assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "insufficient_scope")
    assert client.get(AUDIT).status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_audit_log_is_only_read(client, admin, method):
    assert client.open(AUDIT, method=method, json={}, headers=admin.headers).status_code == 405


def test_every_filter_has_an_index_in_the_order_of_the_walk():
    indexes = {tuple(column.name for column in index.columns) for index in AuditEvent.__table__.indexes}

    assert indexes == {
        ("occurred_at", "id"),
        ("action", "occurred_at", "id"),
        *((name, "occurred_at", "id") for name in filters.EQUAL),
    }


def test_names_of_actions_fit_their_column():
    assert ACTIONS
    assert all(len(action) <= AuditEvent.__table__.c.action.type.length for action in ACTIONS)


def test_member_sees_what_concerns_oneself_and_nothing_else(client, member, admin):
    client.post(LOGIN, json={"email": admin.email, "password": "x"})
    client.patch(admin.url, json={"name": "A"}, headers=admin.headers)

    events = client.get(ACTIVITY, headers=member.headers).get_json()["data"]

    assert [event["action"] for event in events] == ["signed_in", "user_created"]
    assert {event["user_id"] for event in events} == {member.id}


def test_member_sees_where_the_own_acts_came_from(client, member):
    client.patch(PROFILE, json={"name": "A"}, headers={**member.headers, "User-Agent": "Reader/1.0"})

    newest = client.get(ACTIVITY, headers=member.headers).get_json()["data"][0]

    assert (newest["action"], newest["actor_id"]) == ("user_changed", member.id)
    assert (newest["address"], newest["user_agent"]) == ("127.0.0.1", "Reader/1.0")
    assert newest["links"] == {"user": member.url, "actor": member.url}


def test_member_sees_acts_of_an_admin_without_where_the_admin_is(client, member, admin):
    headers = {**admin.headers, "User-Agent": "Desk/1"}
    client.patch(member.url, json={"name": "A"}, headers=headers)
    client.post(LOGIN, json={"email": member.email, "password": "x"}, headers={"User-Agent": "Guesser/1"})

    failed, changed = client.get(f"{ACTIVITY}?per_page=2", headers=member.headers).get_json()["data"]

    assert (changed["action"], changed["actor_id"]) == ("user_changed", admin.id)
    assert (failed["action"], failed["actor_id"]) == ("sign_in_failed", None)
    for event in (failed, changed):
        assert [event[name] for name in ("address", "user_agent", "session_id", "request_id")] == [None] * 4
        assert event["links"] == {"user": member.url, "actor": None}


def test_own_activity_has_its_filters_and_cursors(client, member, add_events):
    ids = add_events(*({"user_id": member.id, "actor_id": member.id} for _ in range(5)))
    url = f"{ACTIVITY}?action=signed_in&to=2025-06-01&per_page=2"
    met = []
    while url:
        response = client.get(url, headers=member.headers)
        met += [event["id"] for event in response.get_json()["data"]]
        url = response.headers.get("Link", "").partition(">")[0].removeprefix("<")

    assert met == ids[::-1]


@pytest.mark.parametrize("name", ["user_id", "actor_id", "address"])
def test_own_activity_cannot_be_turned_on_others(client, member, admin, name):
    response = client.get(f"{ACTIVITY}?{name}={admin.id}", headers=member.headers)

    assert response.status_code == 422
    assert list(response.get_json()["error"]["details"]) == [name]


def test_own_activity_is_not_for_api_keys(client, member, tokens):
    token = tokens.make(member.id, scope="audit:read", via="api_key")

    assert client.get(ACTIVITY, headers={"Authorization": f"Bearer {token}"}).status_code == 403
    assert client.get(ACTIVITY).status_code == 401
