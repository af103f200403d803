"""Codes and challenges at the edges of their time, and what happens when their keys are lost."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from auth_service.attempts.errors import TooManyAttempts
from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db
from auth_service.mfa import operations
from auth_service.mfa.errors import MfaChallengeInvalid, MfaCodeInvalid
from auth_service.mfa.proofs import Proof, SecondFactors
from auth_service.mfa.recovery_codes import RecoveryCodeHashes
from auth_service.mfa.totp_secrets import TotpSecrets
from auth_service.sessions import operations as sessions

# The first second of a step, in a time to come: what the fixtures did is over and forgotten.
NOON = datetime(2100, 1, 2, 12, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture(name="secret")
def _secret(guarded, forget_steps):
    """The secret of Ada, none of whose codes was used."""
    forget_steps(guarded)
    return guarded.authenticator.secret


@pytest.fixture(name="password_right")
def _password_right(app, guarded):
    """Return a function that gives the password at a time and returns the challenge."""

    def password_right(now):
        parts = app.extensions["wiring"]
        with app.app_context():
            issued, _ = sessions.sign_in(
                db.session,
                parts.passwords,
                parts.attempts,
                parts.mfa_requirement,
                parts.issuer,
                parts.refresh_tokens,
                email=guarded.email,
                username=None,
                password=guarded.password,
                origin=OPERATOR,
                now=now,
            )
        return issued.token

    return password_right


@pytest.fixture(name="answer")
def _answer(app):
    """Return a function that answers a challenge at a time."""

    def answer(challenge, now, **proof):
        parts = app.extensions["wiring"]
        with app.app_context():
            tokens, _ = operations.complete_sign_in(
                db.session,
                parts.attempts,
                parts.second_factors,
                parts.mfa_requirement,
                parts.issuer,
                parts.refresh_tokens,
                challenge=challenge,
                proof=Proof(**proof),
                origin=OPERATOR,
                now=now,
            )
        return tokens

    return answer


def code_of(secret, time):
    return pyotp.TOTP(secret).at(time)


@pytest.mark.parametrize("late", [timedelta(seconds=-30), timedelta(0), timedelta(seconds=59)])
def test_code_is_good_for_its_own_step_and_one_on_either_side(secret, password_right, answer, late):
    challenge = password_right(NOON + late)

    assert answer(challenge, NOON + late, code=code_of(secret, NOON)).access_token


@pytest.mark.parametrize("late", [timedelta(seconds=-31), timedelta(seconds=60)])
def test_code_of_a_step_further_away_is_not(secret, password_right, answer, late):
    challenge = password_right(NOON + late)

    with pytest.raises(MfaCodeInvalid):
        answer(challenge, NOON + late, code=code_of(secret, NOON))


def test_code_of_a_later_step_makes_earlier_ones_void(secret, password_right, answer):
    answer(password_right(NOON), NOON, code=code_of(secret, NOON + STEP))

    for time in (NOON - STEP, NOON, NOON + STEP):
        with pytest.raises(MfaCodeInvalid):
            answer(password_right(NOON), NOON, code=code_of(secret, time))
    assert answer(password_right(NOON + STEP), NOON + STEP, code=code_of(secret, NOON + 2 * STEP))


def test_code_is_not_good_again_while_its_window_is_open(secret, password_right, answer):
    answer(password_right(NOON), NOON, code=code_of(secret, NOON))

    for late in (timedelta(0), timedelta(seconds=29), timedelta(seconds=59)):
        with pytest.raises(MfaCodeInvalid):
            answer(password_right(NOON + late), NOON + late, code=code_of(secret, NOON))


@pytest.mark.parametrize(("age", "good"), [(timedelta(seconds=299), True), (timedelta(seconds=300), False)])
def test_challenge_is_good_for_five_minutes(secret, password_right, answer, age, good):
    challenge = password_right(NOON)
    code = code_of(secret, NOON + age)

    if good:
        assert answer(challenge, NOON + age, code=code)
    else:
        with pytest.raises(MfaChallengeInvalid):
            answer(challenge, NOON + age, code=code)


def test_challenges_that_are_over_are_pruned_and_others_are_not(app, secret, password_right, answer):
    over, live = password_right(NOON), password_right(NOON + timedelta(minutes=4))
    now = NOON + timedelta(minutes=6)
    with app.app_context():
        operations.prune_challenges(db.session, now=now)

    with pytest.raises(MfaChallengeInvalid):
        answer(over, NOON, code=code_of(secret, NOON))
    assert answer(live, now, code=code_of(secret, now))


def test_wrong_codes_are_counted_over_all_challenges_and_forgotten_in_time(secret, password_right, answer):
    for number in range(5):
        with pytest.raises(MfaCodeInvalid):
            answer(password_right(NOON + timedelta(seconds=number)), NOON, recovery_code="0000000000")

    with pytest.raises(TooManyAttempts):
        answer(password_right(NOON + STEP), NOON + STEP, code=code_of(secret, NOON + STEP))
    later = NOON + timedelta(minutes=1)
    assert answer(password_right(later), later, code=code_of(secret, later)).access_token


@pytest.fixture(name="lost_key")
def _lost_key(app, monkeypatch):
    """Return a function that goes on as after a start with another AUTH_SECRET_KEY."""

    def lose():
        factors = SecondFactors(TotpSecrets(b"x" * 32), RecoveryCodeHashes(b"y" * 32), "Colophon")
        wiring = dataclasses.replace(app.extensions["wiring"], second_factors=factors)
        monkeypatch.setitem(app.extensions, "wiring", wiring)

    return lose


def test_lost_key_refuses_every_code_and_says_why_in_the_log(client, guarded, challenge, lost_key, caplog):
    lost_key()

    for proof in ({"code": guarded.authenticator.code()}, {"recovery_code": guarded.recovery_codes[0]}):
        response = client.post("/api/v1/auth/login/mfa", json={"challenge": challenge, **proof})
        assert (response.status_code, response.get_json()["error"]["code"]) == (401, "mfa_code_invalid")

    assert "totp_secret_unreadable" in caplog.text
    assert "AUTH_SECRET_KEY" in caplog.text
    assert guarded.authenticator.secret not in caplog.text


def test_enrolment_begun_before_the_key_was_lost_has_to_be_begun_anew(
    client, member, authenticator_of, lost_key, enrol, caplog
):
    begun = client.post("/api/v1/auth/mfa/totp", json={"current_password": member.password}, headers=member.headers)
    code = authenticator_of(begun).code()
    lost_key()

    response = client.post("/api/v1/auth/mfa/totp/confirm", json={"code": code}, headers=member.headers)

    assert (response.status_code, response.get_json()["error"]["code"]) == (409, "mfa_not_begun")
    assert "totp_secret_unreadable" in caplog.text
    assert enrol(member).recovery_codes


def test_admin_helps_who_cannot_sign_in_since_the_key_was_lost(client, guarded, admin, lost_key):
    lost_key()

    assert client.delete(f"/api/v1/users/{guarded.id}/mfa", headers=admin.headers).status_code == 204

    login = client.post("/api/v1/auth/login", json=guarded.name_and_password)
    assert "access_token" in login.get_json()["data"]
