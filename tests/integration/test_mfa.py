"""Customers with an authenticator app, at both services."""

from __future__ import annotations

import time

import pyotp
import pytest
from customer import Customer

MFA = "/api/v1/auth/mfa"
LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"
BOOKS = "/api/v1/books"
STEP_SECONDS = 30


class Authenticator:
    """An app that never shows a code twice; it has two before anybody must wait, because the next one is right too."""

    def __init__(self, otpauth_uri: str) -> None:
        self.generator = pyotp.parse_uri(otpauth_uri)
        self.last_step = 0

    def code(self) -> str:
        """Return a code that was not shown before."""
        self.last_step = max(self.last_step + 1, int(time.time()) // STEP_SECONDS)
        return self.generator.generate_otp(self.last_step)


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


def enrol(customer):
    """Set a second factor up and return the app and the recovery codes."""
    begun = customer.post(f"{MFA}/totp", {"current_password": customer.password})
    assert begun.status_code == 201, begun.text
    app = Authenticator(begun.json()["data"]["otpauth_uri"])
    confirmed = customer.post(f"{MFA}/totp/confirm", {"code": app.code()})
    assert confirmed.status_code == 200, confirmed.text
    return app, confirmed.json()["data"]["recovery_codes"]


def give_password(visitor, customer):
    return visitor.post(LOGIN, {"email": customer.email, "password": customer.password})


def answer_challenge(visitor, customer, **proof):
    challenge = give_password(visitor, customer).json()["data"]["challenge"]
    return visitor.post(f"{LOGIN}/mfa", {"challenge": challenge, **proof})


def holder(stack, data):
    """Return a customer with the tokens of an answer."""
    return Customer(stack.base_url, access_token=data["access_token"], refresh_token=data["refresh_token"])


@pytest.fixture
def librarians_need_a_factor(stack, monkeypatch):
    """Auth started with the setting, and without it again afterwards."""
    monkeypatch.setenv("AUTH_MFA_REQUIRED_ROLES", "librarian")
    stack.start()
    yield
    monkeypatch.delenv("AUTH_MFA_REQUIRED_ROLES")
    stack.start()


def test_password_and_code_open_both_services(stack, visitor, member):
    app, _ = enrol(member)

    question = give_password(visitor, member).json()["data"]
    assert (question["mfa_required"], sorted(question["methods"])) == (True, ["recovery_code", "totp"])
    assert "access_token" not in question
    answer = visitor.post(f"{LOGIN}/mfa", {"challenge": question["challenge"], "code": app.code()})

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    signed_in = holder(stack, answer.json()["data"])
    assert signed_in.get(ME).json()["data"]["email"] == member.email
    assert signed_in.post(BOOKS, {"title": "With two factors"}).status_code == 201


def test_sessions_without_the_factor_end_at_both_services_when_it_is_set_up(stack, visitor, member):
    other = Customer(stack.base_url).sign_in(member.email, member.password)

    enrol(member)

    assert code_of(other.get(ME)) == (401, "token_revoked")
    assert code_of(other.post(BOOKS, {"title": "From before"})) == (401, "token_revoked")
    assert member.post(BOOKS, {"title": "By whom it was set up"}).status_code == 201


def test_challenge_opens_nothing(stack, visitor, member):
    enrol(member)
    challenge = give_password(visitor, member).json()["data"]["challenge"]
    bearer = Customer(stack.base_url, access_token=challenge)

    assert code_of(bearer.get(ME)) == (401, "token_invalid")
    assert code_of(bearer.post(BOOKS, {"title": "With a challenge"})) == (401, "token_invalid")
    assert code_of(visitor.post("/api/v1/auth/refresh", {"refresh_token": challenge})) == (401, "refresh_token_invalid")


def test_codes_of_either_kind_are_good_once(visitor, member):
    app, recovery_codes = enrol(member)
    for proof in ({"code": app.code()}, {"recovery_code": recovery_codes[0]}):
        assert answer_challenge(visitor, member, **proof).status_code == 200
        assert code_of(answer_challenge(visitor, member, **proof)) == (401, "mfa_code_invalid")

    assert member.get(MFA).json()["data"]["recovery_codes_left"] == 9


def test_turning_it_off_needs_a_body_that_the_gateway_lets_through(visitor, member):
    _, recovery_codes = enrol(member)

    off = member.delete(f"{MFA}/totp", json={"current_password": member.password, "recovery_code": recovery_codes[0]})

    assert off.status_code == 204
    assert "access_token" in give_password(visitor, member).json()["data"]


def test_reset_by_an_admin_ends_the_sessions_at_both_services(visitor, member, admin):
    enrol(member)

    assert admin.delete(f"/api/v1/users/{member.user['id']}/mfa").status_code == 204

    assert code_of(member.get(ME)) == (401, "token_revoked")
    assert code_of(member.post(BOOKS, {"title": "After the reset"})) == (401, "token_revoked")
    assert "access_token" in give_password(visitor, member).json()["data"]


def test_operator_resets_by_a_command(stack, visitor, member):
    enrol(member)

    said = stack.run("exec", "-T", "auth", "flask", "mfa", "reset", member.email)

    assert "no second factor any more" in said
    assert code_of(member.post(BOOKS, {"title": "After the reset"})) == (401, "token_revoked")
    assert "access_token" in give_password(visitor, member).json()["data"]


def test_required_factor_is_all_that_a_session_without_it_may_set_up(stack, member, admin, librarians_need_a_factor):
    assert admin.patch(f"/api/v1/users/{member.user['id']}", {"role": "librarian"}).status_code == 200
    data = give_password(Customer(stack.base_url), member).json()["data"]
    limited = holder(stack, data)
    limited.email, limited.password = member.email, member.password

    assert data["mfa_enrolment_required"] is True
    assert code_of(limited.post(BOOKS, {"title": "Too early"})) == (403, "insufficient_scope")
    assert code_of(limited.get("/api/v1/auth/sessions")) == (403, "insufficient_scope")
    enrol(limited)
    refreshed = limited.post("/api/v1/auth/refresh", {"refresh_token": limited.refresh_token}).json()["data"]

    assert refreshed["mfa_enrolment_required"] is False
    assert holder(stack, refreshed).post(BOOKS, {"title": "In time"}).status_code == 201


def test_nothing_of_it_is_in_the_logs(stack, visitor, member):
    app, recovery_codes = enrol(member)
    challenge = give_password(visitor, member).json()["data"]["challenge"]
    visitor.post(f"{LOGIN}/mfa", {"challenge": challenge, "recovery_code": recovery_codes[0]})

    logs = stack.run("logs", "--no-color", "gateway", "auth", "auth-worker")

    assert "/api/v1/auth/login/mfa" in logs
    for secret in (app.generator.secret, challenge, *recovery_codes):
        assert secret not in logs
