"""Everything that is held about a user, in one document."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from auth_service.audit.models import AuditEvent
from auth_service.exports import queries
from auth_service.exports.schemas import AccountExportSchema
from auth_service.exports.sections import SECTIONS
from auth_service.extensions import db
from auth_service.mails.kinds import PASSWORD_RESET
from auth_service.mails.operations import queue_mail

EXPORT = "/api/v1/users/profile/export"


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
