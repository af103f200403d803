"""What admins do to accounts, and members to their own, as both services see it."""

from __future__ import annotations

import json
import time

import pytest
from customer import Customer

PROFILE = "/api/v1/users/profile"


def code(answer) -> str:
    return answer.json()["error"]["code"]


def url_of(person: Customer) -> str:
    return f"/api/v1/users/{person.user['id']}"


def refusals(person: Customer) -> list[tuple[int, str]]:
    """Return what each service answers to the access token of somebody who is to be refused."""
    answers = [person.get("/api/v1/auth/me"), person.post("/api/v1/books", {"title": "From outside"})]
    return [(answer.status_code, code(answer)) for answer in answers]


REFUSED = [(401, "token_revoked")] * 2


def refresh(person: Customer):
    return person.post("/api/v1/auth/refresh", {"refresh_token": person.refresh_token})


@pytest.fixture
def second_admin(new_member, admin) -> Customer:
    """Another admin, signed in as such."""
    person = new_member()
    assert admin.patch(url_of(person), {"role": "admin"}).status_code == 200
    return person.sign_in(person.email, person.password)


def test_a_disabled_account_is_refused_by_both_services_at_once_until_it_is_enabled(member, visitor, admin):
    assert member.post("/api/v1/books", {"title": "Before"}).status_code == 201

    answer = admin.post(f"{url_of(member)}/disable", {"reason": "Advertising"})

    assert answer.status_code == 200
    assert answer.json()["data"]["disabled_at"] is not None
    assert refusals(member) == REFUSED
    assert code(refresh(member)) == "refresh_token_revoked"
    login = {"email": member.email, "password": member.password}
    sign_in = visitor.post("/api/v1/auth/login", login)
    assert (sign_in.status_code, code(sign_in)) == (403, "account_disabled")
    listed = admin.get("/api/v1/users", params={"search": member.email, "disabled": "true"}).json()["data"]
    assert [user["id"] for user in listed] == [member.user["id"]]

    assert admin.post(f"{url_of(member)}/enable").status_code == 200
    assert refusals(member) == REFUSED
    member.sign_in(member.email, member.password)
    assert member.post("/api/v1/books", {"title": "After"}).status_code == 201


def test_an_api_key_of_a_disabled_account_is_refused_at_once_and_counts_again_afterwards(member, visitor, admin):
    new = {"name": "importer", "scopes": ["books:write"]}
    key = {"X-API-Key": member.post("/api/v1/api-keys", new).json()["data"]["secret"]}

    def add_book():
        return visitor.post("/api/v1/books", {"title": "By a program"}, headers=key)

    assert add_book().status_code == 201
    admin.post(f"{url_of(member)}/disable")
    assert add_book().status_code == 401
    admin.post(f"{url_of(member)}/enable")

    deadline = time.monotonic() + 30
    # The gateway keeps what a key was exchanged for, and a refusal, for some seconds.
    while (answer := add_book()).status_code == 401 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert answer.status_code == 201


def test_ending_all_sessions_of_somebody_leaves_signing_in_to_them(member, admin):
    assert admin.delete(f"{url_of(member)}/sessions").status_code == 204

    assert refusals(member) == REFUSED
    assert code(refresh(member)) == "refresh_token_revoked"
    assert member.sign_in(member.email, member.password).get("/api/v1/auth/me").status_code == 200


def test_another_role_counts_at_once_and_the_session_goes_on(member, new_member, admin):
    book = new_member().post("/api/v1/books", {"title": "Somebody else's"}).json()["data"]["links"]["self"]
    assert code(member.patch(book, {"year": 1900})) == "not_your_book"

    for role, status in (("librarian", 200), ("user", 403)):
        admin.patch(url_of(member), {"role": role})
        assert refusals(member) == REFUSED
        tokens = refresh(member).json()["data"]
        member.access_token, member.refresh_token = tokens["access_token"], tokens["refresh_token"]
        assert member.patch(book, {"year": 1900}).status_code == status


def test_a_member_takes_everything_along_and_leaves(member, visitor, admin):
    assert member.patch(PROFILE, {"name": "Ada"}).status_code == 200

    export = member.get(f"{PROFILE}/export")

    assert export.headers["Content-Type"] == "application/json"
    assert export.headers["Content-Disposition"].startswith("attachment; filename=")
    assert export.headers["Cache-Control"] == "no-store"
    document = export.json()["data"]
    assert (document["user"]["email"], document["user"]["name"]) == (member.email, "Ada")
    assert len(document["sessions"]["items"]) == 1
    actions = [event["action"] for event in document["activity"]["items"]]
    assert actions == ["user_changed", "signed_in", "registered"]
    for secret in (member.password, member.access_token, member.refresh_token, admin.email):
        assert secret not in json.dumps(document)

    newest = member.get(f"{PROFILE}/activity?per_page=1").json()["data"][0]
    assert (newest["action"], newest["request_id"]) == ("account_exported", export.headers["X-Request-Id"])

    assert member.delete(PROFILE).status_code == 422
    assert code(member.delete(url_of(member), json={"current_password": "not it at all"})) == "current_password_wrong"
    assert member.delete(PROFILE, json={"current_password": member.password}).status_code == 204

    assert refusals(member) == REFUSED
    login = visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password})
    assert code(login) == "invalid_credentials"
    assert admin.get(url_of(member)).status_code == 404


def test_a_member_administers_nobody(member, new_member):
    other = new_member()
    for method, path in (("POST", "/disable"), ("POST", "/enable"), ("DELETE", "/sessions"), ("DELETE", "")):
        assert member.request(method, url_of(other) + path).status_code == 403

    assert other.get("/api/v1/auth/me").status_code == 200


def test_the_last_admin_who_may_sign_in_stays_one(admin, second_admin):
    enabled = admin.get("/api/v1/users", params={"role": "admin", "disabled": "false", "per_page": 100}).json()["data"]
    others = [user["links"]["self"] for user in enabled if user["id"] != admin.user["id"]]
    assert url_of(second_admin) in others
    try:
        for other in others:
            assert admin.post(f"{other}/disable").status_code == 200

        confirmation = {"current_password": admin.password}
        refused = [
            admin.post(f"{url_of(admin)}/disable"),
            admin.patch(url_of(admin), {"role": "user"}),
            admin.delete(PROFILE, json=confirmation),
            admin.delete(url_of(admin), json=confirmation),
        ]

        assert [(answer.status_code, code(answer)) for answer in refused] == [(409, "last_admin")] * 4
        assert refusals(second_admin) == REFUSED
    finally:
        for other in others:
            assert admin.post(f"{other}/enable").status_code == 200
