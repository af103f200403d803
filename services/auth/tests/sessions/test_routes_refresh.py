"""Refreshing tokens: rotation, reuse and every way in which a refresh token stops counting."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from sqlalchemy import select, update

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.sessions.models import RefreshToken, UserSession
from auth_service.users.models import User
from servicekit.testing.containers import redis_client

URL = "/api/v1/auth/refresh"
ME = "/api/v1/auth/me"


def refresh(client, token):
    return client.post(URL, json={"refresh_token": token})


def code(response):
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    return response.get_json()["error"]["code"]


@pytest.mark.parametrize("how", ["header", "body", "both"])
def test_refresh_takes_the_token_as_bearer_or_in_the_body(client, member, how):
    """With both the body counts, because clients add their stale access token to every request."""
    if how == "header":
        response = client.post(URL, headers={"Authorization": f"Bearer {member.refresh_token}"})
    elif how == "body":
        response = refresh(client, member.refresh_token)
    else:
        response = client.post(URL, json={"refresh_token": member.refresh_token}, headers=member.headers)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    data = response.get_json()["data"]
    assert (data["token_type"], data["expires_in"]) == ("Bearer", 900)
    assert data["refresh_token"] != member.refresh_token
    assert client.get(ME, headers={"Authorization": f"Bearer {data['access_token']}"}).status_code == 200


@pytest.mark.parametrize("role", ["user", "librarian", "admin"])
def test_role_scopes_and_session_are_still_there_after_refresh(client, add_person, role):
    person = add_person(role)
    before = jwt.decode(person.access_token, options={"verify_signature": False})

    data = refresh(client, person.refresh_token).get_json()["data"]

    after = jwt.decode(data["access_token"], options={"verify_signature": False})
    assert [after[claim] for claim in ("sub", "role", "scope", "sid")] == [
        before[claim] for claim in ("sub", "role", "scope", "sid")
    ]
    assert after["jti"] != before["jti"]


def test_role_is_read_anew_at_refresh(app, client, member):
    with app.app_context():
        db.session.execute(update(User).where(User.id == member.id).values(role="librarian"))
        db.session.commit()

    data = refresh(client, member.refresh_token).get_json()["data"]

    assert jwt.decode(data["access_token"], options={"verify_signature": False})["role"] == "librarian"


def test_tokens_can_be_refreshed_again_and_again(client, member):
    token = member.refresh_token
    for _ in range(5):
        response = refresh(client, token)
        assert response.status_code == 200
        token = response.get_json()["data"]["refresh_token"]


def used_and_continued(client, person):
    """Use a person's refresh token and its successor, which ends the grace of the first; return the latest tokens."""
    successor = refresh(client, person.refresh_token).get_json()["data"]["refresh_token"]
    return refresh(client, successor).get_json()["data"]


def test_used_token_gives_the_same_successor_while_that_one_is_unused(client, member):
    answers = [refresh(client, member.refresh_token).get_json()["data"] for _ in range(3)]

    assert len({answer["refresh_token"] for answer in answers}) == 1
    for answer in answers:
        assert client.get(ME, headers={"Authorization": f"Bearer {answer['access_token']}"}).status_code == 200


def test_replay_after_the_successor_was_used_takes_the_family_with_it(client, member):
    latest = used_and_continued(client, member)

    assert code(refresh(client, member.refresh_token)) == "refresh_token_reused"

    assert code(refresh(client, latest["refresh_token"])) == "refresh_token_revoked"
    for token in (member.access_token, latest["access_token"]):
        assert code(client.get(ME, headers={"Authorization": f"Bearer {token}"})) == "token_revoked"
    assert code(refresh(client, member.refresh_token)) == "refresh_token_reused"


def test_replay_after_the_grace_takes_the_family_with_it(app, client, member):
    refresh(client, member.refresh_token)
    with app.app_context():
        db.session.execute(update(RefreshToken).values(used_at=RefreshToken.used_at - timedelta(seconds=11)))
        db.session.commit()

    assert code(refresh(client, member.refresh_token)) == "refresh_token_reused"
    assert code(client.get(ME, headers=member.headers)) == "token_revoked"


def test_replay_is_in_the_audit_log(app, client, member):
    used_and_continued(client, member)
    refresh(client, member.refresh_token)

    with app.app_context():
        (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "refresh_token_reused"))
        assert (event.user_id, event.address) == (member.id, "127.0.0.1")


def test_grace_is_over_with_the_session(client, member):
    refresh(client, member.refresh_token)
    client.post("/api/v1/auth/logout", headers=member.headers)

    assert code(refresh(client, member.refresh_token)) == "refresh_token_revoked"


def test_session_ends_at_its_latest_end_however_often_it_is_refreshed(app, client, member):
    with app.app_context():
        long_ago = UserSession.created_at - timedelta(days=89, hours=23)
        db.session.execute(update(UserSession).values(created_at=long_ago))
        db.session.commit()

    token = refresh(client, member.refresh_token).get_json()["data"]["refresh_token"]

    with app.app_context():
        ends = db.session.scalar(select(RefreshToken.expires_at).where(RefreshToken.used_at.is_(None)))
        assert ends < datetime.now(UTC) + timedelta(hours=2)
        db.session.execute(update(UserSession).values(created_at=UserSession.created_at - timedelta(hours=2)))
        db.session.execute(update(RefreshToken).values(expires_at=RefreshToken.expires_at - timedelta(hours=2)))
        db.session.commit()
    assert code(refresh(client, token)) == "refresh_token_expired"


def test_no_token_that_can_be_used_is_in_the_database(app, client, member):
    latest = used_and_continued(client, member)

    with app.app_context():
        stored = " ".join(db.session.scalars(select(RefreshToken.token_hash)))
    assert latest["refresh_token"] not in stored
    assert member.refresh_token not in stored


def test_reuse_in_one_session_leaves_the_others_of_the_user_alone(client, member):
    other = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password}).get_json()[
        "data"
    ]
    used_and_continued(client, member)
    refresh(client, member.refresh_token)

    assert refresh(client, other["refresh_token"]).status_code == 200


def test_reuse_is_told_to_redis_again_when_redis_forgot(client, member, servers, worker_number):
    used_and_continued(client, member)
    refresh(client, member.refresh_token)
    redis_client(servers, worker_number).flushdb()

    refresh(client, member.refresh_token)

    assert len(redis_client(servers, worker_number).keys("colophon:revoked:sid:*")) == 1


def test_expired_token_is_refused(app, client, member):
    with app.app_context():
        db.session.execute(update(RefreshToken).values(expires_at=RefreshToken.created_at - timedelta(seconds=1)))
        db.session.commit()

    assert code(refresh(client, member.refresh_token)) == "refresh_token_expired"


def test_token_of_an_ended_session_is_refused(client, member):
    client.post("/api/v1/auth/logout", headers=member.headers)

    assert code(refresh(client, member.refresh_token)) == "refresh_token_revoked"


@pytest.mark.parametrize("token", ["unknown", "x" * 512, "\u00fcber", "a b", "' OR 1=1 --"])
def test_unknown_token_is_refused(client, token):
    assert code(refresh(client, token)) == "refresh_token_invalid"


@pytest.mark.parametrize(
    "authorization",
    ["Bearer unknown", "Bearer", "Basic abc", "Bearer a b", "Bearer one, Bearer two", f"Bearer {'x' * 513}"],
)
def test_header_without_a_refresh_token_is_refused(client, authorization):
    response = client.post(URL, headers={"Authorization": authorization})

    assert code(response) == "refresh_token_invalid"


def test_access_token_is_no_refresh_token(client, member):
    assert code(refresh(client, member.access_token)) == "refresh_token_invalid"
    assert code(client.post(URL, headers=member.headers)) == "refresh_token_invalid"


@pytest.mark.parametrize("body", [{}, None])
def test_refresh_without_any_token_says_how_to_send_it(client, body):
    assert code(client.post(URL, json=body) if body is not None else client.post(URL)) == "refresh_token_missing"
    assert code(client.post(URL, data=b"", content_type="application/json")) == "refresh_token_missing"
