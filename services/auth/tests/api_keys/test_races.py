"""What happens when several callers do something with one key at the same moment: real commits, real threads."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from sqlalchemy import event, func, select, update

from auth_service.api_keys.models import ApiKey
from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.users.models import User

API_KEYS = "/api/v1/api-keys"
EXCHANGE = "/internal/api-key-exchange"
NEW = {"name": "importer", "scopes": ["books:read"]}


@pytest.fixture(name="together")
def _together(app, truncated, empty_redis):
    """Return a function that sends requests at the same moment, each from its own thread, and gives the answers.

    Twenty share the four connections of a worker; one that on a busy machine got none in time is sent again.
    """

    def send(*requests):
        barrier = Barrier(len(requests))

        def one(request):
            method, url, options = request
            client = app.test_client()
            barrier.wait()
            answer = client.open(url, method=method, **options)
            return client.open(url, method=method, **options) if answer.status_code == 503 else answer

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(one, requests))

    return send


@pytest.fixture(name="client")
def _client(app, truncated, empty_redis):
    return app.test_client()


def outcomes(responses):
    """Return how often each status and error code was answered."""
    return Counter((r.status_code, (r.get_json(silent=True) or {}).get("error", {}).get("code")) for r in responses)


def exchanged(client, secret):
    return client.get(EXCHANGE, headers={"X-API-Key": secret})


def test_of_twenty_rotations_each_gives_a_secret_and_the_last_two_work(together, client, add_person, make_key):
    person = add_person()
    key = make_key(person)

    responses = together(*[("POST", key["links"]["self"] + "/rotate", {"headers": person.headers})] * 20)

    assert outcomes(responses) == {(200, None): 20}
    rotated = sorted((response.get_json()["data"] for response in responses), key=lambda each: each["version"])
    assert len({each["secret"] for each in rotated}) == 20
    works = [exchanged(client, each["secret"]).status_code == 204 for each in [key, *rotated]]
    assert works == [False] * 19 + [True] * 2


def test_one_of_twenty_rotations_with_one_tag_wins(together, client, add_person, make_key):
    person = add_person()
    key = make_key(person)
    headers = {**person.headers, "If-Match": '"1"'}

    responses = together(*[("POST", key["links"]["self"] + "/rotate", {"headers": headers})] * 20)

    assert outcomes(responses) == {(200, None): 1, (412, "precondition_failed"): 19}
    (winner,) = [response.get_json()["data"] for response in responses if response.status_code == 200]
    assert [exchanged(client, each["secret"]).status_code for each in (key, winner)] == [204, 204]


def test_key_revoked_amid_rotations_and_changes_is_over_whoever_came_first(together, client, add_person, make_key):
    for _ in range(5):
        person = add_person()
        key = make_key(person)
        url, headers = key["links"]["self"], person.headers

        revoked, *others = together(
            ("DELETE", url, {"headers": headers}),
            *[("POST", url + "/rotate", {"headers": headers})] * 4,
            *[
                ("PATCH", url, {"headers": headers, "json": {"name": f"name {n}", "scopes": ["books:read"]}})
                for n in "ab"
            ],
        )

        assert revoked.status_code == 204
        assert {response.status_code for response in others} <= {200, 409}, outcomes(others)
        secrets = [key["secret"], *(r.get_json()["data"].get("secret") for r in others if r.status_code == 200)]
        assert 204 not in {exchanged(client, secret).status_code for secret in secrets if secret}
        assert client.get(url, headers=headers).get_json()["data"]["revoked_at"] is not None


def test_token_that_is_exchanged_amid_a_revocation_is_refused(together, client, add_person, make_key):
    for _ in range(5):
        person = add_person()
        key = make_key(person)

        _, *answers = together(
            ("DELETE", key["links"]["self"], {"headers": person.headers}),
            *[("GET", EXCHANGE, {"headers": {"X-API-Key": key["secret"]}})] * 6,
        )

        assert {answer.status_code for answer in answers} <= {204, 401}
        for answer in answers:
            if answer.status_code == 204:
                headers = {"Authorization": f"Bearer {answer.headers['X-Access-Token']}"}
                assert client.get("/api/v1/auth/me", headers=headers).status_code == 401


def test_revocations_at_once_are_one(app, together, client, add_person, make_key):
    person = add_person()
    key = make_key(person)

    responses = together(*[("DELETE", key["links"]["self"], {"headers": person.headers})] * 6)

    assert outcomes(responses) == {(204, None): 6}
    with app.app_context():
        revoked = select(func.count()).where(AuditEvent.action == "api_key_revoked")
        assert db.session.scalar(revoked) == 1


def test_account_gets_no_more_keys_than_it_may_have_however_many_ask_at_once(
    app, build_app, service_environment, together, add_person
):
    person = add_person()
    narrow = build_app({**service_environment("auth"), "AUTH_API_KEYS_PER_USER": "3"})
    app.extensions["wiring"], kept = narrow.extensions["wiring"], app.extensions["wiring"]
    try:
        responses = together(*[("POST", API_KEYS, {"json": NEW, "headers": person.headers})] * 12)
    finally:
        app.extensions["wiring"] = kept

    assert outcomes(responses) == {(201, None): 3, (409, "too_many_api_keys"): 9}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ApiKey)) == 3


def test_owner_deleted_amid_everything_leaves_nothing_and_never_fails(app, together, client, add_person, make_key):
    admin = add_person("admin")
    for _ in range(5):
        person = add_person()
        key = make_key(person)
        url, headers = key["links"]["self"], {"headers": person.headers}

        deleted, *others = together(
            ("DELETE", person.url, {"headers": admin.headers}),
            ("POST", API_KEYS, {**headers, "json": NEW}),
            ("PATCH", url, {**headers, "json": {"name": "other"}}),
            ("POST", url + "/rotate", headers),
            ("DELETE", url, headers),
            *[
                ("GET", EXCHANGE, {"headers": {"X-API-Key": key["secret"], "X-Forwarded-For": f"192.0.2.{n}"}})
                for n in range(3)
            ],
        )

        assert deleted.status_code == 204
        assert {response.status_code for response in others} <= {200, 201, 204, 401, 404, 409}, outcomes(others)
        assert exchanged(client, key["secret"]).status_code == 401
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ApiKey)) == 0


def test_new_address_is_recorded_once_however_many_use_it_at_once(app, together, add_person, make_key):
    key = make_key(add_person())

    responses = together(*[("GET", EXCHANGE, {"headers": {"X-API-Key": key["secret"]}})] * 12)

    assert outcomes(responses) == {(204, None): 12}
    with app.app_context():
        used = select(func.count()).where(AuditEvent.action == "api_key_used_from_new_address")
        assert db.session.scalar(used) == 1


def test_exchange_waits_for_nobody_who_works_on_the_key(servers, worker_number, client, add_person, make_key):
    person = add_person()
    key = make_key(person)
    with closing(servers.connect(f"auth_{worker_number}")) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM auth.api_keys FOR UPDATE")
        began = time.monotonic()
        answer = exchanged(client, key["secret"])
        took = time.monotonic() - began
        cursor.execute("ROLLBACK")

    assert answer.status_code == 204
    # A statement that waited would have given up after two seconds.
    assert took < 2
    assert client.get(key["links"]["self"], headers=person.headers).get_json()["data"]["last_used_at"] is None


def test_use_that_cannot_be_noted_is_no_reason_to_refuse(servers, worker_number, client, add_person, make_key):
    person = add_person()
    key = make_key(person)
    with closing(servers.connect(f"auth_{worker_number}")) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE auth.audit_events IN ACCESS EXCLUSIVE MODE")
        answer = exchanged(client, key["secret"])
        cursor.execute("ROLLBACK")

    assert answer.status_code == 204
    # Neither the use nor its record, so that the next use is recorded.
    assert client.get(key["links"]["self"], headers=person.headers).get_json()["data"]["last_used_at"] is None
    assert exchanged(client, key["secret"]).status_code == 204
    assert client.get(key["links"]["self"], headers=person.headers).get_json()["data"]["last_used_at"] is not None


def test_no_key_is_made_for_who_was_put_out_while_it_was_asked_for(app, truncated, empty_redis, add_person):
    """As by a reset of the password between the look at the caller and the making of the key."""
    person = add_person()
    interruptions = [update(User).values(token_epoch=User.token_epoch + 1)]

    def interrupt(_connection, _cursor, statement, *_):
        if "FROM auth.users" in statement and interruptions:
            with app.app_context():
                ended = interruptions.pop()
                db.session.execute(ended)
                db.session.commit()

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", interrupt)
    try:
        answer = app.test_client().post(API_KEYS, json=NEW, headers=person.headers)
    finally:
        event.remove(engine, "after_cursor_execute", interrupt)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "token_revoked")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ApiKey)) == 0
