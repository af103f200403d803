"""Everything that is held about a user, in one document."""

import json
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import event

from auth_service.audit.models import AuditEvent
from auth_service.exports import queries
from auth_service.exports.schemas import AccountExportSchema
from auth_service.exports.sections import SECTIONS
from auth_service.extensions import db
from auth_service.mails.kinds import PASSWORD_RESET
from auth_service.mails.operations import queue_mail
from auth_service.mfa.challenges import hash_of_challenge
from auth_service.recovery.tokens import EMAIL_CHANGE_NEW, VERIFY_EMAIL, hash_of_token, issue_token

EXPORT = "/api/v1/users/profile/export"
# What each table without a section is left out for.
WITHOUT_SECTION = {
    "users": "the member `user` of the document",
    "refresh_tokens": "a hash and times, which the session that they continue shows",
    "recovery_requests": "an address that anybody has typed, by whom and whose is not known; deleted when answered",
    "revocations": "what tokens are refused until they end; outlives the account and tells nothing but that",
}


def exported(client, person):
    response = client.get(EXPORT, headers=person.headers)
    assert response.status_code == 200, response.get_json()
    return response.get_json()["data"]


def test_export_is_a_file_with_everything_about_the_caller(client, member, admin):
    login = {"email": member.email, "password": member.password}
    client.post("/api/v1/auth/login", json=login, headers={"User-Agent": "Reader/1.0"})
    client.patch("/api/v1/users/profile", json={"name": "Countess"}, headers=member.headers)

    response = client.get(EXPORT, headers=member.headers)

    assert response.headers["Content-Disposition"] == f'attachment; filename="colophon-account-{member.id}.json"'
    document = response.get_json()["data"]
    assert set(document) == {
        "exported_at",
        "user",
        "sessions",
        "api_keys",
        "second_factors",
        "recovery_codes",
        "sign_in_challenges",
        "failed_attempts",
        "one_time_tokens",
        "mails",
        "account_events",
        "activity",
        "links",
    }
    assert (document["user"]["email"], document["user"]["name"]) == (member.email, "Countess")
    assert [session["user_agent"] for session in document["sessions"]["items"]] == ["Reader/1.0", "command line"]
    assert [event["action"] for event in document["activity"]["items"]] == [
        "user_changed",
        "signed_in",
        "signed_in",
        "user_created",
    ]
    assert [event["payload"] for event in document["account_events"]["items"]] == [
        {"display_name": "Countess"},
        {"display_name": "Ada Lovelace"},
    ]
    assert document["sessions"]["complete"] is document["activity"]["complete"] is True


def test_export_holds_nothing_of_others_and_nothing_secret(client, member, admin):
    client.patch(member.url, json={"name": "Countess"}, headers=admin.headers | {"User-Agent": "Secret/1"})

    text = json.dumps(exported(client, member))

    for foreign in (admin.email, "the.admin", "Secret/1", member.password, member.refresh_token, "argon2", "_hash"):
        assert foreign not in text


def test_export_shows_sessions_that_have_ended(client, member):
    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})
    ended = {"Authorization": f"Bearer {login.get_json()['data']['access_token']}"}
    client.post("/api/v1/auth/logout", headers=ended)

    sessions = exported(client, member)["sessions"]["items"]

    assert sorted(session["revoked_at"] is None for session in sessions) == [False, True]


def test_export_shows_api_keys_without_their_secrets(client, member):
    new = {"name": "importer", "scopes": ["books:read"]}
    secret = client.post("/api/v1/api-keys", json=new, headers=member.headers).get_json()["data"]["secret"]
    client.get("/internal/api-key-exchange", headers={"X-API-Key": secret})

    document = exported(client, member)

    (key,) = document["api_keys"]["items"]
    assert (key["name"], key["scopes"], key["known_addresses"]) == ("importer", ["books:read"], ["127.0.0.1"])
    assert secret not in json.dumps(document)
    assert "hash" not in json.dumps(document)


def test_export_shows_mails_without_what_they_say(app, client, member):
    with app.app_context():
        link = "http://localhost:8080/reset#a-secret"
        values = {"name": "Ada", "link": link, "expires_minutes": 30}
        queue_mail(db.session, PASSWORD_RESET, member.email, user_id=member.id, values=values, now=datetime.now(UTC))
        db.session.commit()

    document = exported(client, member)

    ((mail,), complete) = document["mails"]["items"], document["mails"]["complete"]
    assert (mail["kind"], mail["recipient"], mail["done_at"], complete) == (
        "password_reset",
        member.email,
        None,
        True,
    )
    assert "a-secret" not in json.dumps(document)


def test_export_shows_the_second_factor_without_secrets(client, member):
    begun = client.post("/api/v1/auth/mfa/totp", json=member.confirmation, headers=member.headers).get_json()["data"]
    (waiting,) = exported(client, member)["second_factors"]["items"]
    code = pyotp.TOTP(begun["secret"]).now()
    confirmed = client.post("/api/v1/auth/mfa/totp/confirm", json={"code": code}, headers=member.headers)
    codes = confirmed.get_json()["data"]["recovery_codes"]
    login = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})
    challenge = login.get_json()["data"]["challenge"]
    wrong = client.post("/api/v1/auth/login/mfa", json={"challenge": challenge, "recovery_code": "aaaaa-aaaaa"})
    right = client.post("/api/v1/auth/login/mfa", json={"challenge": challenge, "recovery_code": codes[0]})
    assert (wrong.status_code, right.status_code) == (401, 200)

    document = exported(client, member)

    assert (waiting["confirmed_at"], waiting["last_used_at"]) == (None, None)
    (factor,) = document["second_factors"]["items"]
    assert None not in (factor["confirmed_at"], factor["last_used_at"])
    assert sorted(code["used_at"] is None for code in document["recovery_codes"]["items"]) == [False] + [True] * 9
    (asked,) = document["sign_in_challenges"]["items"]
    assert set(asked) == {"address", "attempts", "created_at", "expires_at", "ended_at"}
    assert (asked["address"], asked["attempts"]) == ("127.0.0.1", 1)
    assert asked["ended_at"] is not None
    text = json.dumps(document)
    secrets = [begun["secret"], challenge, hash_of_challenge(challenge), *codes]
    assert [secret for secret in secrets if secret in text] == []


def test_export_shows_failed_attempts_without_where_they_came_from(client, member):
    client.post("/api/v1/auth/login", json={"email": member.email, "password": "not it at all"})

    counters = exported(client, member)["failed_attempts"]["items"]

    by_kind = {counter["counter"]: counter for counter in counters if counter["failures"]}
    assert by_kind.keys() == {"account", "account_at_address"}
    assert all(
        set(counter) == {"counter", "failures", "blocked_until", "last_attempt_at", "last_success_at"}
        for counter in counters
    )
    assert by_kind["account"]["failures"] == pytest.approx(1, abs=0.1)


def test_export_shows_mailed_links_without_tokens_and_the_address_that_waits(app, client, member, admin):
    now = datetime.now(UTC)
    with app.app_context():
        tokens = [
            issue_token(db.session, VERIFY_EMAIL, member.id, member.email, life=timedelta(days=1), now=now),
            issue_token(db.session, EMAIL_CHANGE_NEW, member.id, "new@example.org", life=timedelta(days=1), now=now),
            issue_token(db.session, VERIFY_EMAIL, admin.id, admin.email, life=timedelta(days=1), now=now),
        ]
        db.session.commit()

    document = exported(client, member)

    held = document["one_time_tokens"]["items"]
    assert {link["kind"]: link["email"] for link in held} == {
        "verify_email": member.email,
        "email_change_new": "new@example.org",
    }
    assert all(set(link) == {"kind", "email", "created_at", "expires_at", "used_at"} for link in held)
    assert document["user"]["pending_email"] == "new@example.org"
    text = json.dumps(document)
    assert [token for token in tokens if token in text or hash_of_token(token) in text] == []


def test_export_tells_that_it_is_cut_and_keeps_the_newest(client, member, monkeypatch):
    monkeypatch.setattr(queries, "MAXIMUM_ROWS", 2)
    client.patch("/api/v1/users/profile", json={"name": "Countess"}, headers=member.headers)

    document = exported(client, member)

    assert (document["activity"]["complete"], document["sessions"]["complete"]) == (False, True)
    assert [event["action"] for event in document["activity"]["items"]] == ["user_changed", "signed_in"]
    rest = client.get(document["links"]["activity"], headers=member.headers)
    assert {event["action"] for event in rest.get_json()["data"]} >= {"user_created"}


def test_export_is_itself_recorded(client, member):
    exported(client, member)

    newest = exported(client, member)["activity"]["items"][0]

    assert (newest["action"], newest["actor_id"], newest["user_id"]) == ("account_exported", member.id, member.id)


def test_export_that_fails_half_way_is_a_failure_and_no_broken_document(app, client, member, rolled_back):
    """Everything is read before anything is sent."""

    def fail(_connection, _cursor, statement, *_):
        if "FROM auth.audit_events" in statement:
            raise db.session.connection().dialect.dbapi.OperationalError("the server went away")

    with app.app_context():
        engine = rolled_back.engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        response = client.get(EXPORT, headers=member.headers)
    finally:
        event.remove(engine, "before_cursor_execute", fail)

    assert response.status_code in (500, 503)
    assert response.get_json()["success"] is False
    assert "Content-Disposition" not in response.headers
    assert "account_exported" not in [event["action"] for event in exported(client, member)["activity"]["items"]]


def test_export_is_limited(client, member):
    for _ in range(10):
        exported(client, member)

    assert client.get(EXPORT, headers=member.headers).status_code == 429


def test_export_is_not_for_api_keys(client, member, tokens):
    token = tokens.make(member.id, scope="books:read books:write users:admin", via="api_key")

    response = client.get(EXPORT, headers={"Authorization": f"Bearer {token}"})

    assert (response.status_code, response.get_json()["error"]["code"]) == (403, "insufficient_scope")
    assert client.get(EXPORT).status_code == 401


def test_every_table_has_a_section_or_a_reason_to_have_none():
    tables = {table.name: table for table in db.metadata.sorted_tables}
    shown = {table.name for section in SECTIONS for table in section.held(1).get_final_froms()}

    assert tables.keys() == shown | WITHOUT_SECTION.keys()
    assert shown & WITHOUT_SECTION.keys() == set()
    assert [name for name in WITHOUT_SECTION if "user_id" in tables[name].columns] == []


def test_every_section_is_described():
    assert {section.name for section in SECTIONS} == set(AccountExportSchema().fields) - {
        "exported_at",
        "user",
        "links",
    }


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_section_asks_for_one_user_in_an_order(section):
    statement = str(section.held(1))

    assert "user_id = " in statement
    assert "ORDER BY" in statement


def test_ten_thousand_events_are_exported_and_the_rest_is_pointed_at(app, client, member):
    with app.app_context():
        row = {"action": "signed_in", "user_id": member.id, "actor_id": member.id, "details": {}}
        db.session.execute(AuditEvent.__table__.insert(), [row] * 10_050)
        db.session.commit()

    activity = exported(client, member)["activity"]

    assert (activity["complete"], len(activity["items"])) == (False, 10_000)
