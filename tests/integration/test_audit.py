"""The audit log through the gateway, and clearing it by the operator's command."""

from __future__ import annotations

import secrets
import threading

import pytest
from customer import Customer
from stack import make

AUDIT = "/api/v1/audit"
ACTIVITY = "/api/v1/users/profile/activity"


def events(reader: Customer, **query) -> list[dict]:
    answer = reader.get(AUDIT, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_an_admin_sees_what_happened_to_an_account(new_member, admin, visitor):
    agent = {"User-Agent": f"Reader/{secrets.token_hex(4)}"}
    member = new_member()
    user_id = member.user["id"]
    visitor.post("/api/v1/auth/login", {"email": member.email, "password": "a wrong one"}, headers=agent)
    changed = admin.patch(f"/api/v1/users/{user_id}", {"role": "librarian"})

    happened = events(admin, user_id=user_id)

    assert [event["action"] for event in happened] == ["role_changed", "sign_in_failed", "signed_in", "registered"]
    role, failed, *_ = happened
    assert (role["actor_id"], role["details"]) == (admin.user["id"], {"from": "user", "to": "librarian"})
    assert role["request_id"] == changed.headers["X-Request-Id"]
    assert (failed["actor_id"], failed["user_agent"]) == (None, agent["User-Agent"])
    assert failed["address"]
    by_request = events(admin, request_id=role["request_id"])
    assert [event["id"] for event in by_request] == [role["id"]]
    assert [event["id"] for event in events(admin, user_id=user_id, action="sign_in_failed")] == [failed["id"]]
    assert events(admin, user_id=user_id, address="192.0.2.1") == []
    assert events(admin, user_id=user_id, to="2026-01-01") == []
    in_session = events(admin, session_id=role["session_id"], actor_id=admin.user["id"])
    assert role["id"] in [event["id"] for event in in_session]


def test_a_walk_by_cursors_loses_and_repeats_nothing_while_others_write(new_member, admin, visitor):
    member = new_member()
    for _ in range(12):
        visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password})
    before = [event["id"] for event in events(admin, user_id=member.user["id"], per_page=100)]
    assert len(before) == 14
    done = threading.Event()

    def write() -> None:
        writer = Customer(visitor.base_url)
        while not done.is_set():
            writer.post("/api/v1/auth/login", {"email": member.email, "password": member.password})

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(5):
            met = walk(admin, f"{AUDIT}?user_id={member.user['id']}&per_page=3")
            assert len(met) == len(set(met))
            assert [number for number in met if number in before] == before
    finally:
        done.set()
        for writer in writers:
            writer.join()


def walk(reader: Customer, url: str) -> list[int]:
    """Return the ids of all pages from ``url`` on, as their Link headers lead."""
    met: list[int] = []
    while url:
        answer = reader.get(url)
        assert answer.status_code == 200, answer.text
        met += [event["id"] for event in answer.json()["data"]]
        assert answer.json()["pagination"]["has_next"] is ("next" in answer.links)
        url = answer.links.get("next", {}).get("url", "")
    return met


@pytest.mark.parametrize("cursor", ["", "x", "0", "'; DROP TABLE users; --", "A" * 4000])
def test_a_cursor_that_is_none_is_refused(admin, cursor):
    answer = admin.get(AUDIT, params={"cursor": cursor})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "cursor_invalid")


def test_the_audit_log_is_for_admins_and_members_see_their_part(new_member, admin, visitor):
    librarian = new_member()
    admin.patch(f"/api/v1/users/{librarian.user['id']}", {"role": "librarian"})
    librarian.sign_in(librarian.email, librarian.password)

    refused = librarian.get(AUDIT)
    own = librarian.get(ACTIVITY).json()["data"]

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "insufficient_scope")
    assert visitor.get(AUDIT).status_code == 401
    assert [event["action"] for event in own] == ["signed_in", "role_changed", "signed_in", "registered"]
    assert {event["user_id"] for event in own} == {librarian.user["id"]}
    assert (own[0]["address"] is None, own[1]["address"]) == (False, None)
    assert own[1]["actor_id"] == admin.user["id"]


def test_old_events_are_pruned_by_the_operator_and_not_by_the_service(stack, new_member, admin):
    member = new_member()
    user_id = member.user["id"]
    age = f"UPDATE auth.audit_events SET occurred_at = now() - interval '400 days' WHERE user_id = {user_id}"
    stack.run("exec", "-T", "postgres", "psql", "--username", "postgres", "--command", age, "colophon")
    member.post("/api/v1/auth/logout")
    old = events(admin, user_id=user_id, action="registered,signed_in")
    assert len(old) == 2

    with pytest.raises(RuntimeError, match="make audit-prune"):
        stack.run("exec", "-T", "auth", "flask", "audit", "prune", "--older-than", "365")
    with pytest.raises(RuntimeError, match="force"):
        make("audit-prune", "DAYS=7")
    assert events(admin, user_id=user_id, action="registered,signed_in") == old

    said = make("audit-prune", "DAYS=365")

    assert "Deleted 2 events from before" in said
    assert [event["action"] for event in events(admin, user_id=user_id)] == ["signed_out"]
    (pruned,) = events(admin, action="audit_pruned", per_page=1)
    assert (pruned["actor_id"], pruned["user_agent"], list(pruned["details"])) == (None, "command line", ["before"])
    assert "Deleted 0 events" in make("audit-prune", "DAYS=365")
