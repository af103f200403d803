"""Mailed links: a new password, a confirmed address, a changed one; and the page that they lead to."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from customer import Customer
from stack import Stack, make

RESET = "/api/v1/auth/password-reset"
NEW_PASSWORD = "four calm words here"
# What is revoked is refused within a second; the rest is for a busy machine.
REVOKED_WITHIN_SECONDS = 1 + 0.5
ARRIVES_WITHIN_SECONDS = 30
# The first wait before a mail is sent again is half a minute at most.
ARRIVES_AFTER_AN_OUTAGE_WITHIN_SECONDS = 90

Inbox = Callable[..., list[dict[str, Any]]]


@pytest.fixture(name="inbox")
def _inbox(stack: Stack) -> Inbox:
    """Return a function that gives the mails to an address, the newest first, once there are ``count`` of them."""
    http = requests.Session()
    http.trust_env = False

    def mails(address: str, count: int = 1, within: float = ARRIVES_WITHIN_SECONDS) -> list[dict[str, Any]]:
        deadline = time.monotonic() + within
        while True:
            messages = http.get(f"http://127.0.0.1:{stack.mail_sink_port}/messages", timeout=10).json()
            found = [message for message in messages if message["to"] == [address]]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, messages
            time.sleep(0.1)

    return mails


def link_in(mail: dict[str, Any]) -> str:
    """Return the link of a mail, which stands in both of its forms."""
    (link,) = re.findall(r"^http\S+", mail["text"], re.MULTILINE)
    assert link in mail["html"]
    return str(link)


def token_in(mail: dict[str, Any]) -> str:
    """Return the token behind the link of a mail."""
    return urlsplit(link_in(mail)).fragment.partition("=")[2]


def reset_mail(mails: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the newest of the mails that is for a new password."""
    return next(mail for mail in mails if "#reset=" in mail["text"])


def refusal(answer: requests.Response) -> tuple[int, dict[str, Any]]:
    """Return status and error of an answer, without what differs by nature."""
    error = answer.json()["error"]
    return answer.status_code, {name: value for name, value in error.items() if name != "request_id"}


def test_a_forgotten_password_is_replaced_by_the_mailed_link(visitor, member, inbox):
    assert visitor.post(RESET, {"email": member.email.upper()}).status_code == 202
    # The first mail asks to confirm the address.
    mail = reset_mail(inbox(member.email, count=2))
    new = {"token": token_in(mail), "password": NEW_PASSWORD}

    assert visitor.post(f"{RESET}/confirm", new).status_code == 200

    deadline = time.monotonic() + REVOKED_WITHIN_SECONDS
    while True:
        answers = [member.get("/api/v1/auth/me"), member.get("/api/v1/books?per_page=1")]
        if all(answer.status_code == 401 for answer in answers):
            break
        assert time.monotonic() < deadline, [answer.text for answer in answers]
    assert {answer.json()["error"]["code"] for answer in answers} == {"token_revoked"}
    assert visitor.post("/api/v1/auth/refresh", {"refresh_token": member.refresh_token}).status_code == 401
    old = visitor.post("/api/v1/auth/login", {"email": member.email, "password": member.password})
    assert old.status_code == 401
    user = Customer(member.base_url).sign_in(member.email, NEW_PASSWORD).user
    assert user["email_verified_at"] is not None
    assert "password" in inbox(member.email, count=3)[0]["subject"]

    used = refusal(visitor.post(f"{RESET}/confirm", new))
    assert (used[0], used[1]["code"]) == (422, "one_time_token_invalid")
    assert refusal(visitor.post(f"{RESET}/confirm", {**new, "token": "never-issued"})) == used


def test_an_unknown_address_gets_the_same_answer_and_no_mail(visitor, member, inbox):
    unknown = f"nobody-{secrets.token_hex(6)}@example.com"

    answers = [visitor.post(RESET, {"email": email}) for email in (unknown, member.email)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    varying = {"Date", "X-Request-Id", "RateLimit-Reset", "RateLimit-Remaining"}
    first, second = ({k: v for k, v in answer.headers.items() if k not in varying} for answer in answers)
    assert first == second
    # They are answered in their order.
    inbox(member.email, count=2)
    assert inbox(unknown, count=0) == []


def test_an_admin_has_the_link_sent(admin, member, inbox, visitor):
    assert admin.post(f"/api/v1/users/{member.user['id']}/password-reset").status_code == 202
    new = {"token": token_in(reset_mail(inbox(member.email, count=2))), "password": NEW_PASSWORD}

    assert visitor.post(f"{RESET}/confirm", new).status_code == 200


def test_an_address_is_confirmed_by_the_mailed_link(visitor, member, inbox):
    (mail,) = inbox(member.email)
    assert member.get("/api/v1/auth/me").json()["data"]["email_verified_at"] is None

    answer = visitor.post("/api/v1/auth/verify-email", {"token": token_in(mail)})

    assert answer.status_code == 200
    assert answer.json()["data"]["email"] == member.email
    assert member.get("/api/v1/auth/me").json()["data"]["email_verified_at"] is not None


def test_an_address_changes_when_both_have_confirmed(visitor, member, inbox):
    old, new = member.email, f"moved-{secrets.token_hex(6)}@example.com"
    change = {"email": new, "current_password": member.password}
    asked = member.patch("/api/v1/users/profile", change).json()["data"]
    assert (asked["email"], asked["pending_email"]) == (old, new)

    confirm = "/api/v1/auth/email-change/confirm"
    first = visitor.post(confirm, {"token": token_in(inbox(new)[0])}).json()["data"]
    assert first == {"email_changed": False, "missing": "old"}
    assert member.get("/api/v1/auth/me").json()["data"]["email"] == old
    at_the_old = next(mail for mail in inbox(old, count=2) if "#email=" in mail["text"])
    second = visitor.post(confirm, {"token": token_in(at_the_old)}).json()["data"]
    assert second == {"email_changed": True, "missing": None}

    assert member.get("/api/v1/users/profile").json()["data"]["email"] == new
    assert Customer(member.base_url).sign_in(new, member.password).user["email"] == new
    assert new in inbox(old, count=3)[0]["text"]


def test_a_mail_arrives_although_the_mail_server_was_away(stack, visitor, member, inbox):
    inbox(member.email)
    with stack.without("mail-sink", "stop"):
        assert visitor.post(RESET, {"email": member.email}).status_code == 202
        deadline = time.monotonic() + ARRIVES_WITHIN_SECONDS
        while "attempt 1" not in (listed := make("mails")):
            assert time.monotonic() < deadline, listed
            time.sleep(0.2)

    mail = reset_mail(inbox(member.email, within=ARRIVES_AFTER_AN_OUTAGE_WITHIN_SECONDS))

    new = {"token": token_in(mail), "password": NEW_PASSWORD}
    assert visitor.post(f"{RESET}/confirm", new).status_code == 200


def test_the_link_leads_to_a_page_that_calls_nobody_but_the_gateway(visitor, stack, member, inbox):
    link = urlsplit(link_in(inbox(member.email)[0]))
    assert f"{link.scheme}://{link.netloc}" == stack.base_url
    # No request carries what is behind the "#", so neither does a log.
    assert (link.path, link.query) == ("/account/", "")

    page = visitor.get(link.path)

    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page.text)
    # Masked, and open to password managers.
    assert page.text.count('type="password" autocomplete="new-password"') == page.text.count('type="password"') == 2
    script = visitor.get("/account/account.js", headers={"Accept-Encoding": "gzip"})
    assert script.status_code == 200
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert script.headers["Content-Encoding"] == "gzip"
    assert "paste" not in script.text
    # Every address that the script calls is one of the API.
    for path in re.findall(r'path: "([^"]+)"', script.text):
        assert visitor.post(path, {}).status_code == 422, path
    assert visitor.get("/account").text == page.text
    assert visitor.get("/account/nothing").status_code == 404
