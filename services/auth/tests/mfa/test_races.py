"""The same code, challenge or change from several sides at the same moment: real commits, real threads."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from auth_service.extensions import db
from auth_service.mfa.models import RecoveryCode, SignInChallenge
from auth_service.sessions.models import UserSession

LOGIN = "/api/v1/auth/login"
ANSWER = f"{LOGIN}/mfa"
MFA = "/api/v1/auth/mfa"
# As many as may try at once before anybody has to wait.
THREADS = 5


@pytest.fixture(name="together")
def _together(app, truncated, empty_redis):
    """Return a function that sends requests at the same moment, each from its own thread, and gives the answers."""

    def send(*requests):
        barrier = Barrier(len(requests))

        def one(request):
            method, url, options = request
            client = app.test_client()
            barrier.wait()
            return client.open(url, method=method, **options)

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(one, requests))

    return send


@pytest.fixture(name="person")
def _person(together, add_person, enrol):
    """Somebody with a second factor, whose rows are committed."""
    return enrol(add_person())


@pytest.fixture(name="new_challenge")
def _new_challenge(app):
    def new_challenge(person):
        return app.test_client().post(LOGIN, json=person.name_and_password).get_json()["data"]["challenge"]

    return new_challenge


def outcomes(responses):
    """Return how often each status and error code was answered."""
    return Counter((r.status_code, (r.get_json(silent=True) or {}).get("error", {}).get("code")) for r in responses)


def sessions_of(app, person):
    with app.app_context():
        return db.session.scalar(
            select(func.count()).where(UserSession.user_id == person.id, UserSession.revoked_at.is_(None))
        )


def test_one_challenge_and_one_code_give_one_session(app, together, person, new_challenge):
    body = {"challenge": new_challenge(person), "code": person.authenticator.code()}
    before = sessions_of(app, person)

    responses = together(*[("POST", ANSWER, {"json": body})] * THREADS)

    assert outcomes(responses) == {(200, None): 1, (401, "mfa_challenge_invalid"): THREADS - 1}
    assert sessions_of(app, person) == before + 1


@pytest.mark.parametrize("kind", ["code", "recovery_code"])
def test_one_code_answers_one_of_several_challenges(together, person, new_challenge, kind):
    value = person.authenticator.code() if kind == "code" else person.recovery_codes[0]
    requests = [("POST", ANSWER, {"json": {"challenge": new_challenge(person), kind: value}}) for _ in range(THREADS)]

    assert outcomes(together(*requests)) == {(200, None): 1, (401, "mfa_code_invalid"): THREADS - 1}


def test_different_codes_for_one_challenge_give_one_session(app, together, person, new_challenge):
    challenge = new_challenge(person)
    requests = [
        ("POST", ANSWER, {"json": {"challenge": challenge, "recovery_code": code}})
        for code in person.recovery_codes[:THREADS]
    ]

    assert outcomes(together(*requests)) == {(200, None): 1, (401, "mfa_challenge_invalid"): THREADS - 1}
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(RecoveryCode.used_at.is_not(None))) == 1


def test_wrong_codes_at_once_do_not_pass_the_limit(app, together, person, new_challenge):
    body = {"challenge": new_challenge(person), "code": person.authenticator.wrong_code()}

    responses = together(*[("POST", ANSWER, {"json": body})] * 12)

    answers = outcomes(responses)
    assert answers.pop((401, "mfa_code_invalid")) == 5
    assert set(answers) <= {(429, "too_many_attempts"), (401, "mfa_challenge_invalid")}
    with app.app_context():
        assert db.session.scalars(select(SignInChallenge.attempts)).one() == 5


def test_enrolment_begun_and_confirmed_at_once_never_fails(app, together, add_person, authenticator_of):
    for _ in range(3):
        person = add_person()
        begin = ("POST", f"{MFA}/totp", {"json": {"current_password": person.password}, "headers": person.headers})
        begun = app.test_client().open(begin[1], method="POST", **begin[2])
        confirm = {"json": {"code": authenticator_of(begun).code()}, "headers": person.headers}

        responses = together(*[begin] * 3, *[("POST", f"{MFA}/totp/confirm", confirm)] * 3)

        assert {response.status_code for response in responses} <= {200, 201, 403, 409}, outcomes(responses)
        assert sum(response.status_code == 200 for response in responses) <= 1


def test_first_secrets_asked_for_at_once_leave_one(app, together, add_person):
    person = add_person()
    begin = ("POST", f"{MFA}/totp", {"json": {"current_password": person.password}, "headers": person.headers})

    assert outcomes(together(*[begin] * 4)) == {(201, None): 4}


def test_login_beside_the_confirmation_never_leaves_a_session_without_the_factor(
    app, together, add_person, authenticator_of
):
    for _ in range(5):
        person = add_person()
        client = app.test_client()
        begun = client.post(f"{MFA}/totp", json={"current_password": person.password}, headers=person.headers)
        confirm = {"json": {"code": authenticator_of(begun).code()}, "headers": person.headers}
        body = {"email": person.email, "password": person.password}

        confirmed, *logins = together(("POST", f"{MFA}/totp/confirm", confirm), *[("POST", LOGIN, {"json": body})] * 4)

        assert confirmed.status_code == 200
        for login in logins:
            data = login.get_json()["data"]
            if "access_token" in data:
                headers = {"Authorization": f"Bearer {data['access_token']}"}
                assert client.get("/api/v1/auth/me", headers=headers).status_code == 401
        assert sessions_of(app, person) == 1


def test_answer_beside_a_change_of_password_never_leaves_a_session(app, together, person, new_challenge, add_person):
    admin = add_person("admin")
    url = f"/api/v1/users/{person.id}"
    for number, code in enumerate(person.recovery_codes[:5]):
        challenge = new_challenge(person)
        person.password = f"analytical engines {number}"
        changed, answered = together(
            ("PATCH", url, {"json": {"password": person.password}, "headers": admin.headers}),
            ("POST", ANSWER, {"json": {"challenge": challenge, "recovery_code": code}}),
        )

        assert changed.status_code == 200
        assert answered.status_code in (200, 401, 429)
        assert sessions_of(app, person) == 0


def test_answer_beside_a_deletion_never_fails(together, add_person, enrol, new_challenge):
    admin = add_person("admin")
    for _ in range(3):
        person = enrol(add_person())
        deleted, *answered = together(
            ("DELETE", f"/api/v1/users/{person.id}", {"headers": admin.headers}),
            *[
                ("POST", ANSWER, {"json": {"challenge": challenge, "recovery_code": code}})
                for challenge, code in [(new_challenge(person), code) for code in person.recovery_codes[:4]]
            ],
        )

        assert deleted.status_code == 204
        assert {response.status_code for response in answered} <= {200, 401}, outcomes(answered)
