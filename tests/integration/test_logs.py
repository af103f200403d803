"""What no log may hold."""

from __future__ import annotations

import secrets
import time

# The gateway writes its log once a second.
FLUSHED_AFTER_SECONDS = 1.5


def test_what_people_look_for_is_in_no_log(stack, visitor, admin):
    word = f"word{secrets.token_hex(8)}"
    answers = [
        visitor.get("/api/v1/books", params={"search": word}),
        visitor.get("/api/v1/books", params={"year": word}),
        visitor.get("/api/v1/books", params={word: "unknown"}),
        visitor.get("/nothing", params={"search": word}),
        admin.get("/api/v1/users", params={"search": f"{word}@example.com"}),
    ]
    time.sleep(FLUSHED_AFTER_SECONDS)

    logs = stack.run("logs", "--no-log-prefix")

    assert [answer.status_code for answer in answers] == [200, 422, 422, 404, 200]
    for answer in answers:
        assert f'"request_id":"{answer.headers["X-Request-Id"]}"' in logs
    assert word not in logs


def test_no_password_is_in_any_log(stack, member):
    time.sleep(FLUSHED_AFTER_SECONDS)
    logs = stack.run("logs", "--no-log-prefix")

    assert "/api/v1/auth/login" in logs
    assert member.password not in logs
    assert member.access_token not in logs
    assert "$argon2" not in logs
