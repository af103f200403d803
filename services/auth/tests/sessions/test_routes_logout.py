"""Signing out, and who one is."""

import pytest

from servicekit.testing.containers import redis_client

LOGOUT = "/api/v1/auth/logout"
ME = "/api/v1/auth/me"


def test_logout_ends_the_session_at_once(client, member):
    response = client.post(LOGOUT, headers=member.headers)

    assert response.status_code == 204
    assert response.get_data() == b""
    for answer in (client.get(ME, headers=member.headers), client.post(LOGOUT, headers=member.headers)):
        assert answer.status_code == 401
        assert answer.get_json()["error"]["code"] == "token_revoked"


def test_logout_tells_the_revocation_set_for_as_long_as_a_token_may_live(client, member, servers, worker_number):
    client.post(LOGOUT, headers=member.headers)

    connection = redis_client(servers, worker_number)
    (key,) = connection.keys("colophon:revoked:sid:*")
    assert 900 <= connection.ttl(key) <= 1000


def test_logged_out_token_stays_refused_here_when_redis_forgets(client, member, servers, worker_number):
    client.post(LOGOUT, headers=member.headers)
    redis_client(servers, worker_number).flushdb()

    assert client.get(ME, headers=member.headers).get_json()["error"]["code"] == "token_revoked"
    assert client.post(LOGOUT, headers=member.headers).status_code == 401


def test_logout_leaves_other_sessions_alone(client, member):
    other = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password}).get_json()[
        "data"
    ]

    client.post(LOGOUT, headers=member.headers)

    assert client.get(ME, headers={"Authorization": f"Bearer {other['access_token']}"}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{}", b"{", b"[1]", b"\xff"])
def test_logout_reads_no_body(client, member, body):
    assert client.post(LOGOUT, data=body, content_type="application/json", headers=member.headers).status_code == 204


def test_logout_of_a_session_that_never_was_is_refused(client, member, tokens):
    response = client.post(LOGOUT, headers=tokens.headers(member.id))

    assert response.status_code == 401
    assert response.get_json()["error"]["code"] == "token_revoked"


def test_logout_cannot_end_the_session_of_another(client, member, admin, tokens):
    victim = client.application.extensions["token_verifier"].principal(admin.access_token)
    forged = tokens.make(member.id, sid=victim.session_id)

    assert client.post(LOGOUT, headers={"Authorization": f"Bearer {forged}"}).status_code == 401
    assert client.get(ME, headers=admin.headers).status_code == 200


def test_me_is_the_caller(client, member):
    response = client.get(ME, headers=member.headers)

    assert response.status_code == 200
    assert response.get_json()["data"]["email"] == "Ada@Example.org"


@pytest.mark.parametrize(("url", "method"), [(ME, "GET"), (LOGOUT, "POST")])
def test_without_a_token_there_is_no_caller(client, url, method):
    response = client.open(url, method=method)

    assert response.status_code == 401
    assert response.get_json()["error"]["code"] == "token_missing"
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="colophon"'


def test_token_of_another_epoch_than_the_user_is_in_is_refused(client, member, admin, tokens):
    """As after a change of the role while Redis was away."""
    client.patch(member.url, json={"role": "admin"}, headers=admin.headers)
    for epoch, status in ((0, 401), (1, 200), (2, 401)):
        headers = {"Authorization": f"Bearer {tokens.make(member.id, 'admin', epoch=epoch)}"}
        assert client.get(ME, headers=headers).status_code == status
        assert client.get("/api/v1/users", headers=headers).status_code == status
