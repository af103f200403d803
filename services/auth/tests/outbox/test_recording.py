"""Which acts are told to other services, and what of them."""

from __future__ import annotations

import select as sockets
from contextlib import closing

import pytest
from sqlalchemy import select

from auth_service.extensions import WORK_CHANNEL, db
from auth_service.outbox.models import AccountEvent

PASSWORD = "correct horse battery"


@pytest.fixture(name="recorded")
def _recorded(app):
    """Return a function that gives kind, account and payload of every event, the oldest first."""

    def recorded():
        with app.app_context():
            columns = select(AccountEvent.kind, AccountEvent.user_id, AccountEvent.payload)
            return [tuple(row) for row in db.session.execute(columns.order_by(AccountEvent.id))]

    return recorded


def register(client, **values):
    answer = client.post("/api/v1/auth/register", json={"email": "b@example.org", "password": PASSWORD, **values})
    assert answer.status_code == 201
    return answer.get_json()["data"]["id"]


@pytest.mark.parametrize(
    ("values", "name"),
    [({"name": "Ben", "username": "ben"}, "Ben"), ({"username": "ben"}, "ben"), ({"name": "Ben"}, "Ben")],
)
def test_new_account_tells_its_name_or_else_its_username(client, recorded, values, name):
    user_id = register(client, **values)

    assert recorded() == [("account_renamed", user_id, {"display_name": name})]


def test_new_account_with_neither_tells_nothing_and_never_its_address(client, recorded):
    register(client)

    assert recorded() == []


def test_account_that_an_admin_makes_tells_its_name(client, admin, recorded):
    before = recorded()
    new = {"email": "b@example.org", "password": PASSWORD, "name": "Ben"}
    user_id = client.post("/api/v1/users", json=new, headers=admin.headers).get_json()["data"]["id"]

    assert recorded() == [*before, ("account_renamed", user_id, {"display_name": "Ben"})]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"name": "Countess"}, ["Countess"]),
        ({"name": None}, ["ada"]),
        ({"name": None, "username": None}, [None]),
        ({"username": "countess"}, []),
        ({"username": None}, []),
        ({"name": "Ada Lovelace"}, []),
        ({"email": "ada@example.com", "current_password": PASSWORD}, []),
        ({"password": "another horse battery", "current_password": PASSWORD}, []),
    ],
)
def test_change_tells_the_name_when_that_is_another_one(client, member, recorded, changes, names):
    before = len(recorded())
    assert client.patch("/api/v1/users/profile", json=changes, headers=member.headers).status_code == 200

    assert recorded()[before:] == [("account_renamed", member.id, {"display_name": name}) for name in names]


def test_deletion_is_told_after_everything_else(client, member, recorded):
    client.patch(member.url, json={"name": "Countess"}, headers=member.headers)
    client.delete(member.url, json=member.confirmation, headers=member.headers)

    assert recorded() == [
        ("account_renamed", member.id, {"display_name": "Ada Lovelace"}),
        ("account_renamed", member.id, {"display_name": "Countess"}),
        ("account_deleted", member.id, {}),
    ]


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("PATCH", {"If-Match": '"7"'}, {"name": "Countess"}, 412),
        ("PATCH", {}, {"name": "Countess", "username": "The.ADMIN"}, 409),
        ("DELETE", {"If-Match": '"7"'}, None, 412),
    ],
)
def test_what_was_refused_is_not_told(client, admin, member, recorded, method, headers, body, status):
    before = recorded()
    answer = client.open(member.url, method=method, json=body, headers={**member.headers, **headers})

    assert answer.status_code == status
    assert recorded() == before


def test_last_admin_who_cannot_go_is_not_told_to_be_gone(client, admin, recorded):
    before = recorded()

    assert client.delete(admin.url, json=admin.confirmation, headers=admin.headers).status_code == 409
    assert recorded() == before


def test_event_carries_the_id_of_its_request_and_one_of_its_own(app, client, member):
    headers = {**member.headers, "X-Request-Id": "from-the-gateway"}
    client.patch(member.url, json={"name": "Countess"}, headers=headers)
    client.delete(member.url, json=member.confirmation, headers=headers)

    with app.app_context():
        rows = db.session.execute(select(AccountEvent.request_id, AccountEvent.event_id).order_by(AccountEvent.id))
        (_, renamed, deleted) = rows.all()
    assert (renamed.request_id, deleted.request_id) == ("from-the-gateway", "from-the-gateway")
    assert renamed.event_id != deleted.event_id
    assert len(renamed.event_id) == 32


def test_worker_is_woken_with_the_commit(app, truncated, empty_redis, add_person, servers, worker_number):
    with closing(servers.connect(f"auth_{worker_number}")) as listener, listener.cursor() as cursor:
        cursor.execute(f"LISTEN {WORK_CHANNEL}")
        add_person(name="Ada")

        sockets.select([listener], [], [], 5)
        listener.poll()
        assert {notify.channel for notify in listener.notifies} == {WORK_CHANNEL}
