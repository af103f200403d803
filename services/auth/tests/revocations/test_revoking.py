"""What is refused before it expires, and that a Redis which forgot it is told again."""

from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import select, update

from auth_service.extensions import db
from auth_service.revocations import operations
from auth_service.revocations.models import Revocation
from servicekit.access_tokens import TokenRevoked
from servicekit.redis_client import connect
from servicekit.revocation import RevocationSet
from servicekit.testing.containers import redis_client

ME = "/api/v1/auth/me"
NEW_PASSWORD = "another horse battery"


@pytest.fixture(name="reconcile")
def _reconcile(app):
    """Return a function that does one round of the reconciler."""

    def reconcile(revocations=None):
        with app.app_context():
            told = revocations or app.extensions["revocations"]
            return operations.reconcile(db.session, told, now=datetime.now(UTC))

    return reconcile


def is_refused_by_other_services(app, token):
    """Return whether a service that has only the token and Redis refuses it."""
    try:
        app.extensions["token_verifier"].principal(token)
    except TokenRevoked:
        return True
    return False


def sign_out(client, person, admin):
    client.post("/api/v1/auth/logout", headers=person.headers)


def change_role(client, person, admin):
    client.patch(person.url, json={"role": "librarian"}, headers=admin.headers)


def delete(client, person, admin):
    client.delete(person.url, headers=admin.headers)


def set_password(client, person, admin):
    client.patch(person.url, json={"password": NEW_PASSWORD}, headers=admin.headers)


ENDS = [sign_out, change_role, delete, set_password]


@pytest.mark.parametrize("end", ENDS)
def test_token_is_refused_by_every_service_at_once(app, client, member, admin, end):
    assert not is_refused_by_other_services(app, member.access_token)

    end(client, member, admin)

    assert is_refused_by_other_services(app, member.access_token)
    assert not is_refused_by_other_services(app, admin.access_token)


@pytest.mark.parametrize("end", ENDS)
def test_token_is_refused_again_after_redis_was_emptied(
    app, client, member, admin, end, servers, worker_number, reconcile
):
    end(client, member, admin)
    redis_client(servers, worker_number).flushdb()
    assert not is_refused_by_other_services(app, member.access_token)

    reconcile()

    assert is_refused_by_other_services(app, member.access_token)
    assert not is_refused_by_other_services(app, admin.access_token)


def test_own_new_password_ends_the_other_sessions_only(app, client, member):
    other = client.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})
    other_token = other.get_json()["data"]["access_token"]

    client.patch(
        "/api/v1/users/profile",
        json={"password": NEW_PASSWORD, "current_password": member.password},
        headers=member.headers,
    )

    assert is_refused_by_other_services(app, other_token)
    assert not is_refused_by_other_services(app, member.access_token)


def test_session_goes_on_with_the_new_role(client, member, admin):
    change_role(client, member, admin)

    answer = client.post("/api/v1/auth/refresh", json={"refresh_token": member.refresh_token})

    headers = {"Authorization": f"Bearer {answer.get_json()['data']['access_token']}"}
    assert client.get(ME, headers=headers).get_json()["data"]["role"] == "librarian"


def test_reconciler_leaves_out_what_is_over(app, client, member, servers, worker_number, reconcile):
    client.post("/api/v1/auth/logout", headers=member.headers)
    with app.app_context():
        db.session.execute(update(Revocation).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()
    redis_client(servers, worker_number).flushdb()

    assert reconcile() == 0

    assert not is_refused_by_other_services(app, member.access_token)


def test_reconciler_says_that_redis_knows_all_only_when_it_does(
    client, member, service_environment, servers, worker_number, reconcile
):
    client.post("/api/v1/auth/logout", headers=member.headers)
    redis_client(servers, worker_number).flushdb()
    nowhere = RevocationSet(connect("redis://127.0.0.1:1/0", servers.password))

    with pytest.raises(redis.RedisError):
        reconcile(nowhere)

    assert redis_client(servers, worker_number).keys("*sentinel*") == []
    reconcile()
    assert len(redis_client(servers, worker_number).keys("*sentinel*")) == 1


def test_revocation_is_stored_before_redis_is_told(app, client, member, monkeypatch):
    """A service that dies in between has still revoked: the reconciler tells Redis."""

    def die(*_):
        raise SystemExit

    monkeypatch.setattr(RevocationSet, "announce", die)
    with pytest.raises(SystemExit):
        client.post("/api/v1/auth/logout", headers=member.headers)

    with app.app_context():
        assert len(db.session.scalars(select(Revocation.name)).all()) == 1


def test_pruning_keeps_what_may_still_be_asked_for(app, client, member, admin):
    sign_out(client, member, admin)
    change_role(client, member, admin)
    with app.app_context():
        over = update(Revocation).where(Revocation.name.startswith("sid:"))
        db.session.execute(over.values(expires_at=datetime.now(UTC) - timedelta(minutes=6)))
        db.session.commit()
        operations.prune_revocations(db.session, now=datetime.now(UTC))

        assert db.session.scalars(select(Revocation.name)).all() == [f"user:{member.id}:0"]
