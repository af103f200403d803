"""What happens when several callers do the same thing at the same moment: real commits, real threads."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, func, select

from auth_service.audit.actions import USER_DISABLED
from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.recovery.tokens import EMAIL_CHANGE_KINDS, PASSWORD_RESET, issue_token
from auth_service.sessions.models import RefreshToken, UserSession
from auth_service.users.models import User
from auth_service.users.roles import ADMIN

PASSWORD = "correct horse battery"


@pytest.fixture(name="together")
def _together(app, truncated, empty_redis):
    """Return a function that sends requests at the same moment, each from its own thread, and gives the answers.

    With fewer ``threads`` the first ones are sent at the same moment, each other one after an answer.
    """

    def send(*requests, threads=None):
        threads = threads or len(requests)
        barrier = Barrier(threads)

        def one(position):
            method, url, options = requests[position]
            client = app.test_client()
            if position < threads:
                barrier.wait()
            return client.open(url, method=method, **options)

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one, range(len(requests))))

    return send


def outcomes(responses):
    """Return how often each status and error code was answered."""
    return Counter((r.status_code, (r.get_json(silent=True) or {}).get("error", {}).get("code")) for r in responses)


def test_one_of_two_registrations_with_one_email_wins(together):
    requests = [
        ("POST", "/api/v1/auth/register", {"json": {"email": email, "password": PASSWORD}})
        for email in ("ada@example.org", "ADA@EXAMPLE.ORG")
    ]

    assert outcomes(together(*requests)) == {(201, None): 1, (409, "email_already_taken"): 1}


def test_one_of_two_users_changing_to_one_username_wins(together, add_person):
    requests = [
        ("PATCH", "/api/v1/users/profile", {"json": {"username": "ada"}, "headers": add_person().headers})
        for _ in range(2)
    ]

    assert outcomes(together(*requests)) == {(200, None): 1, (409, "username_already_taken"): 1}


def test_one_of_two_resets_with_one_token_wins(app, together, add_person):
    person = add_person()
    for round_ in range(5):
        with app.app_context():
            user = db.session.get(User, person.id)
            life = timedelta(minutes=5)
            token = issue_token(db.session, PASSWORD_RESET, user.id, user.email, life=life, now=datetime.now(UTC))
            db.session.commit()

        responses = together(
            *[
                ("POST", "/api/v1/auth/password-reset/confirm", {"json": {"token": token, "password": password}})
                for password in (f"analytical engine {round_}", f"difference engine {round_}")
            ]
        )

        assert outcomes(responses) == {(200, None): 1, (422, "one_time_token_invalid"): 1}


def test_one_of_two_accounts_confirming_one_new_address_wins(app, together, add_person):
    tokens = []
    for person in (add_person(), add_person()):
        with app.app_context():
            issued = [
                issue_token(
                    db.session, kind, person.id, "new@example.org", life=timedelta(minutes=5), now=datetime.now(UTC)
                )
                for kind in EMAIL_CHANGE_KINDS
            ]
            db.session.commit()
        url = "/api/v1/auth/email-change/confirm"
        assert app.test_client().post(url, json={"token": issued[0]}).status_code == 200
        tokens.append(issued[1])

    responses = together(*[("POST", url, {"json": {"token": token}}) for token in tokens])

    assert outcomes(responses) == {(200, None): 1, (409, "email_already_taken"): 1}


@pytest.mark.parametrize("own", [True, False])
def test_one_of_two_editors_with_one_tag_wins(app, together, add_person, own):
    admin, person = add_person("admin"), add_person()
    url, headers = ("/api/v1/users/profile", person.headers) if own else (person.url, admin.headers)
    for round_ in range(5):
        tag = app.test_client().get(url, headers=headers).headers["ETag"]
        names = [f"{editor} {round_}" for editor in ("Ada", "Grace")]

        responses = together(
            *[("PATCH", url, {"json": {"name": name}, "headers": {**headers, "If-Match": tag}}) for name in names]
        )

        assert outcomes(responses) == {(200, None): 1, (412, "precondition_failed"): 1}
        (winner,) = [response.get_json()["data"] for response in responses if response.status_code == 200]
        assert app.test_client().get(url, headers=headers).get_json()["data"] == winner


def test_change_and_deletion_with_one_tag_never_both_happen(app, together, add_person):
    admin = add_person("admin")
    for _ in range(5):
        person = add_person()
        headers = {**admin.headers, "If-Match": '"1"'}

        change, deletion = together(
            ("PATCH", person.url, {"json": {"name": "Ada"}, "headers": headers}),
            ("DELETE", person.url, {"headers": headers}),
        )

        assert (change.status_code, deletion.status_code) in ((200, 412), (404, 204))


def test_twenty_refreshes_with_one_token_get_one_successor(app, together, add_person):
    person = add_person()
    request = ("POST", "/api/v1/auth/refresh", {"json": {"refresh_token": person.refresh_token}})

    responses = together(*[request] * 20)

    assert outcomes(responses) == {(200, None): 20}
    (successor,) = {response.get_json()["data"]["refresh_token"] for response in responses}
    client = app.test_client()
    for response in responses:
        headers = {"Authorization": f"Bearer {response.get_json()['data']['access_token']}"}
        assert client.get("/api/v1/auth/me", headers=headers).status_code == 200
    assert client.post("/api/v1/auth/refresh", json={"refresh_token": successor}).status_code == 200
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 1
        assert db.session.scalar(select(func.count()).select_from(RefreshToken)) == 3


def test_replays_at_once_after_the_grace_end_the_session_once(app, together, add_person):
    person = add_person()
    client = app.test_client()
    first = client.post("/api/v1/auth/refresh", json={"refresh_token": person.refresh_token}).get_json()["data"]
    client.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    replay = ("POST", "/api/v1/auth/refresh", {"json": {"refresh_token": person.refresh_token}})

    assert outcomes(together(*[replay] * 6)) == {(401, "refresh_token_reused"): 6}

    assert client.get("/api/v1/auth/me", headers=person.headers).get_json()["error"]["code"] == "token_revoked"


@pytest.mark.parametrize(
    ("method", "path", "body"), [("DELETE", "", None), ("PATCH", "", {"role": "user"}), ("POST", "/disable", {})]
)
def test_admins_removing_each_other_leave_one(app, together, add_person, method, path, body):
    admins = [add_person("admin") for _ in range(4)]
    requests = [
        (method, target.url + path, {"json": body, "headers": caller.headers})
        for caller, target in zip(admins, [*admins[1:], admins[0]], strict=True)
    ]

    responses = together(*requests)

    assert all(response.status_code in (200, 204, 401, 409) for response in responses), outcomes(responses)
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(User.role == ADMIN, User.disabled_at.is_(None))) >= 1


def test_last_two_admins_disabling_each_other_leave_one(app, together, add_person):
    for _ in range(5):
        first, second = (add_person("admin") for _ in range(2))

        responses = together(
            ("POST", f"{second.url}/disable", {"headers": first.headers}),
            ("POST", f"{first.url}/disable", {"headers": second.headers}),
        )

        assert sum(response.status_code == 200 for response in responses) == 1, outcomes(responses)
        assert {response.status_code for response in responses} <= {200, 401, 409}, outcomes(responses)
        with app.app_context():
            db.session.execute(delete(User))
            db.session.commit()


def test_disabling_beside_refreshes_and_logins_leaves_no_live_token_and_never_fails(app, together, add_person):
    admin = add_person("admin")
    for _ in range(5):
        person = add_person()
        disabled, *others = together(
            ("POST", f"{person.url}/disable", {"headers": admin.headers}),
            *[("POST", "/api/v1/auth/refresh", {"json": {"refresh_token": person.refresh_token}})] * 3,
            *[("POST", "/api/v1/auth/login", {"json": {"email": person.email, "password": person.password}})] * 3,
        )

        assert disabled.status_code == 200
        assert {response.status_code for response in others} <= {200, 401, 403}, outcomes(others)
        client = app.test_client()
        for tokens in [response.get_json()["data"] for response in others if response.status_code == 200]:
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            assert client.get("/api/v1/auth/me", headers=headers).status_code == 401
            again = client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
            assert again.get_json()["error"]["code"] == "refresh_token_revoked"


def test_disabling_at_once_is_done_once(app, together, add_person):
    admin, person = add_person("admin"), add_person()

    responses = together(*[("POST", f"{person.url}/disable", {"headers": admin.headers})] * 5)

    assert outcomes(responses) == {(200, None): 5}
    assert len({response.get_json()["data"]["disabled_at"] for response in responses}) == 1
    with app.app_context():
        done = select(func.count()).where(AuditEvent.user_id == person.id, AuditEvent.action == USER_DISABLED)
        assert db.session.scalar(done) == 1
        assert db.session.get(User, person.id).token_epoch == 1


def test_admin_deleting_and_admin_demoting_each_other_leave_one(app, together, add_person):
    for _ in range(5):
        first, second = (add_person("admin") for _ in range(2))

        responses = together(
            ("DELETE", second.url, {"headers": first.headers}),
            ("PATCH", first.url, {"json": {"role": "user"}, "headers": second.headers}),
        )

        assert sum(response.status_code in (200, 204) for response in responses) == 1, outcomes(responses)
        assert {response.status_code for response in responses} <= {200, 204, 401, 409}, outcomes(responses)
        with app.app_context():
            (left,) = db.session.scalars(select(User.id).where(User.role == ADMIN))
            db.session.execute(delete(User).where(User.id == left))
            db.session.commit()


def test_two_of_three_admins_leaving_at_once_in_either_way_succeed(app, together, add_person):
    for _ in range(5):
        demoted, *deleted = (add_person("admin") for _ in range(3))

        responses = together(
            *[("DELETE", each.url, {"json": each.confirmation, "headers": each.headers}) for each in deleted],
            ("PATCH", demoted.url, {"json": {"role": "user"}, "headers": demoted.headers}),
        )

        assert sum(response.status_code in (200, 204) for response in responses) == 2, outcomes(responses)
        assert outcomes(responses)[409, "last_admin"] == 1
        with app.app_context():
            (left,) = db.session.scalars(select(User.id).where(User.role == ADMIN))
            db.session.execute(delete(User).where(User.id == left))
            db.session.commit()


def test_last_two_admins_leaving_at_once_leave_one(app, together, add_person):
    admins = [add_person("admin") for _ in range(2)]

    responses = together(
        *[("DELETE", each.url, {"json": each.confirmation, "headers": each.headers}) for each in admins]
    )

    assert outcomes(responses) == {(204, None): 1, (409, "last_admin"): 1}


def test_deletion_beside_refreshes_and_logins_leaves_nothing_and_never_fails(app, together, add_person):
    """Deleting locks user, sessions and tokens in the order in which the others do, so that nobody deadlocks."""
    admin = add_person("admin")
    for _ in range(5):
        person = add_person()
        responses = together(
            ("DELETE", person.url, {"headers": admin.headers}),
            *[("POST", "/api/v1/auth/refresh", {"json": {"refresh_token": person.refresh_token}})] * 3,
            *[("POST", "/api/v1/auth/login", {"json": {"email": person.email, "password": person.password}})] * 3,
            ("POST", "/api/v1/auth/logout", {"headers": person.headers}),
        )

        assert responses[0].status_code == 204
        assert {response.status_code for response in responses} <= {200, 204, 401}, outcomes(responses)
        client = app.test_client()
        for response in responses:
            if response.status_code == 200:
                headers = {"Authorization": f"Bearer {response.get_json()['data']['access_token']}"}
                assert client.get("/api/v1/auth/me", headers=headers).status_code == 401
    with app.app_context():
        assert db.session.scalars(select(UserSession.user_id)).all() == [admin.id]


def test_login_beside_a_change_of_role_never_gives_a_live_token_of_the_old_role(app, together, add_person):
    admin = add_person("admin")
    for _ in range(5):
        person = add_person()
        _, *logins = together(
            ("PATCH", person.url, {"json": {"role": "librarian"}, "headers": admin.headers}),
            *[("POST", "/api/v1/auth/login", {"json": {"email": person.email, "password": person.password}})] * 4,
        )

        client = app.test_client()
        for login in logins:
            assert login.status_code == 200
            data = login.get_json()["data"]
            me = client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {data['access_token']}"})
            assert me.status_code == 401 or me.get_json()["data"]["role"] == "librarian"


def test_logins_at_once_with_an_outdated_hash_all_succeed(app, together, add_person):
    """The first one renews the hash; the others find another one than they checked."""
    person = add_person()
    with app.app_context():
        parts = app.extensions["wiring"]
        old = type(parts.passwords)(memory_kib=16, time_cost=1).hash(person.password)
        db.session.get(User, person.id).password_hash = old
        db.session.commit()

    request = ("POST", "/api/v1/auth/login", {"json": {"email": person.email, "password": person.password}})

    assert outcomes(together(*[request] * 5)) == {(200, None): 5}


def test_logouts_at_once_end_the_session_once(together, add_person):
    person = add_person()

    responses = together(*[("POST", "/api/v1/auth/logout", {"headers": person.headers})] * 6)

    assert outcomes(responses) == {(204, None): 1, (401, "token_revoked"): 5}
