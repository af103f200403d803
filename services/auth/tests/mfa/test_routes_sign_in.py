"""Signing in with a second factor."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from auth_service.audit.models import AuditEvent
from auth_service.extensions import db
from auth_service.mfa.models import SignInChallenge
from auth_service.users.models import User

LOGIN = "/api/v1/auth/login"
ANSWER = f"{LOGIN}/mfa"
ME = "/api/v1/auth/me"
NEW_PASSWORD = "analytical engines"


def refusal(response):
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="colophon"'
    return response.get_json()["error"]["code"]


@pytest.fixture(name="answer")
def _answer(client):
    """Return a function that answers a challenge."""

    def answer(challenge, **proof):
        return client.post(ANSWER, json={"challenge": challenge, **proof})

    return answer


def test_right_password_gives_a_challenge_and_no_tokens(client, guarded):
    response = client.post(LOGIN, json=guarded.name_and_password)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    data = response.get_json()["data"]
    assert data.pop("challenge")
    assert data == {"mfa_required": True, "expires_in": 300, "methods": ["totp", "recovery_code"]}


def test_wrong_password_gives_no_challenge(client, guarded):
    response = client.post(LOGIN, json={"email": guarded.email, "password": "not it at all"})

    assert refusal(response) == "invalid_credentials"


def test_code_of_the_app_gives_what_a_login_gives(client, guarded, challenge, answer):
    response = answer(challenge, code=guarded.authenticator.code())

    assert response.status_code == 200
    data = response.get_json()["data"]
    assert (data["user"]["id"], data["mfa_enrolment_required"]) == (guarded.id, False)
    headers = {"Authorization": f"Bearer {data['access_token']}"}
    assert client.get(ME, headers=headers).get_json()["data"] == data["user"]
    assert client.get("/api/v1/users/profile", headers=headers).status_code == 200
    refreshed = client.post("/api/v1/auth/refresh", json={"refresh_token": data["refresh_token"]})
    assert refreshed.get_json()["data"]["mfa_enrolment_required"] is False


@pytest.mark.parametrize("spell", [str, str.upper, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_recovery_code_gives_a_session_once(client, guarded, challenge, answer, challenge_of, spell):
    code = spell(guarded.recovery_codes[3])

    assert answer(challenge, recovery_code=code).status_code == 200

    assert refusal(answer(challenge_of(guarded), recovery_code=code)) == "mfa_code_invalid"
    state = client.get("/api/v1/auth/mfa", headers=guarded.headers).get_json()["data"]
    assert state["recovery_codes_left"] == 9


def test_code_that_was_used_is_refused_at_the_next_sign_in(guarded, challenge, answer, challenge_of):
    code = guarded.authenticator.code()
    assert answer(challenge, code=code).status_code == 200

    assert refusal(answer(challenge_of(guarded), code=code)) == "mfa_code_invalid"


def test_code_that_confirmed_the_enrolment_is_used(client, member, authenticator_of, answer, challenge_of):
    url, headers = "/api/v1/auth/mfa/totp", member.headers
    begun = client.post(url, json={"current_password": member.password}, headers=headers)
    code = authenticator_of(begun).code()
    client.post(f"{url}/confirm", json={"code": code}, headers=headers)

    assert refusal(answer(challenge_of(member), code=code)) == "mfa_code_invalid"


def test_challenge_gives_one_session(guarded, challenge, answer):
    assert answer(challenge, code=guarded.authenticator.code()).status_code == 200

    assert refusal(answer(challenge, recovery_code=guarded.recovery_codes[0])) == "mfa_challenge_invalid"


def test_wrong_code_may_be_mended(guarded, challenge, answer):
    assert refusal(answer(challenge, code=guarded.authenticator.wrong_code())) == "mfa_code_invalid"
    assert refusal(answer(challenge, recovery_code="00000-00000")) == "mfa_code_invalid"

    assert answer(challenge, code=guarded.authenticator.code()).status_code == 200


def test_challenge_is_void_after_five_wrong_codes(guarded, challenge, answer):
    for _ in range(5):
        assert refusal(answer(challenge, code=guarded.authenticator.wrong_code())) == "mfa_code_invalid"

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_wrong_codes_have_to_wait_however_often_the_password_is_right(guarded, answer, challenge_of):
    for _ in range(5):
        assert refusal(answer(challenge_of(guarded), recovery_code="00000-00000")) == "mfa_code_invalid"

    response = answer(challenge_of(guarded), recovery_code=guarded.recovery_codes[0])

    assert (response.status_code, response.get_json()["error"]["code"]) == (429, "too_many_attempts")
    assert 1 <= int(response.headers["Retry-After"]) <= 50


def test_right_code_forgets_the_wrong_ones(guarded, answer, challenge_of):
    for code in guarded.recovery_codes[:2]:
        for _ in range(4):
            assert refusal(answer(challenge_of(guarded), recovery_code="00000-00000")) == "mfa_code_invalid"
        assert answer(challenge_of(guarded), recovery_code=code).status_code == 200


@pytest.mark.parametrize("challenge", ["unknown", "x" * 128, "' OR 1=1 --", "\u00e9"])
def test_unknown_challenge_is_refused(client, answer, challenge):
    assert refusal(answer(challenge, code="123456")) == "mfa_challenge_invalid"


def test_challenge_is_over_after_five_minutes(app, guarded, challenge, answer):
    with app.app_context():
        stored = db.session.scalars(select(SignInChallenge)).one()
        assert stored.expires_at - stored.created_at == timedelta(minutes=5)
        stored.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        db.session.commit()

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_code_of_another_does_not_answer_a_challenge(guarded, challenge, answer, add_person, enrol):
    other = enrol(add_person())

    assert refusal(answer(challenge, code=other.authenticator.code())) == "mfa_code_invalid"
    assert refusal(answer(challenge, recovery_code=other.recovery_codes[0])) == "mfa_code_invalid"


def test_challenge_is_void_once_the_password_has_changed(client, guarded, challenge, answer, admin):
    url = f"/api/v1/users/{guarded.id}"
    assert client.patch(url, json={"password": NEW_PASSWORD}, headers=admin.headers).status_code == 200

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_challenge_is_void_once_the_own_password_has_changed(client, guarded, challenge, answer):
    body = {"password": NEW_PASSWORD, "current_password": guarded.password}
    assert client.patch("/api/v1/users/profile", json=body, headers=guarded.headers).status_code == 200

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_challenge_is_void_once_the_role_has_changed(client, guarded, challenge, answer, admin):
    url = f"/api/v1/users/{guarded.id}"
    assert client.patch(url, json={"role": "librarian"}, headers=admin.headers).status_code == 200

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_challenge_is_void_once_all_sessions_were_ended(client, guarded, challenge, answer):
    assert client.post("/api/v1/auth/logout?sessions=others", headers=guarded.headers).status_code == 204

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_challenge_is_void_once_the_account_is_disabled(app, guarded, challenge, answer):
    with app.app_context():
        db.session.execute(update(User).where(User.id == guarded.id).values(disabled_at=datetime.now(UTC)))
        db.session.commit()

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_challenge_is_gone_with_the_account(client, guarded, challenge, answer):
    confirmed = {"current_password": guarded.password}
    assert client.delete("/api/v1/users/profile", json=confirmed, headers=guarded.headers).status_code == 204

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_challenge_is_void_once_the_second_factor_is_off(client, guarded, challenge, answer):
    body = {"current_password": guarded.password, "recovery_code": guarded.recovery_codes[0]}
    assert client.delete("/api/v1/auth/mfa/totp", json=body, headers=guarded.headers).status_code == 204

    assert refusal(answer(challenge, code=guarded.authenticator.code())) == "mfa_challenge_invalid"


def test_challenge_is_no_access_token_nor_refresh_token(client, challenge):
    me = client.get(ME, headers={"Authorization": f"Bearer {challenge}"})
    refreshed = client.post("/api/v1/auth/refresh", json={"refresh_token": challenge})

    assert me.get_json()["error"]["code"] == "token_invalid"
    assert refreshed.get_json()["error"]["code"] == "refresh_token_invalid"


def test_challenge_is_stored_as_a_hash_only(app, challenge):
    with app.app_context():
        stored = db.session.scalars(select(SignInChallenge)).one()
        assert stored.address == "127.0.0.1"
        assert challenge not in (stored.id, repr(stored))


def test_stale_authorization_does_not_keep_anybody_from_answering(client, guarded, challenge):
    body = {"challenge": challenge, "code": guarded.authenticator.code()}

    assert client.post(ANSWER, json=body, headers={"Authorization": "Bearer stale"}).status_code == 200


def test_wrong_codes_are_counted_by_address_too(client, answer, add_person, enrol, challenge_of):
    for _ in range(6):
        person = enrol(add_person())
        for _ in range(5):
            assert refusal(answer(challenge_of(person), recovery_code="00000-00000")) == "mfa_code_invalid"

    response = client.post(LOGIN, json=person.name_and_password)

    assert (response.status_code, response.get_json()["error"]["code"]) == (429, "too_many_attempts")


def test_signing_in_is_in_the_audit_log(app, guarded, challenge, answer):
    answer(challenge, code=guarded.authenticator.wrong_code())
    answer(challenge, recovery_code=guarded.recovery_codes[0])

    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()[-3:]
    assert [(event.action, event.user_id, event.actor_id) for event in events] == [
        ("mfa_failed", guarded.id, None),
        ("recovery_code_used", guarded.id, guarded.id),
        ("signed_in", guarded.id, guarded.id),
    ]
    assert all(event.address == "127.0.0.1" and event.request_id for event in events)
