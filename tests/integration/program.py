"""A program that uses the API with an API key, and how keys are made and refused."""

from __future__ import annotations

import base64
import secrets
import time
import zlib
from typing import Any

import requests
from customer import Customer

API_KEYS = "/api/v1/api-keys"
BOOKS = "/api/v1/books?per_page=1"
ME = "/api/v1/auth/me"
WAIT_SECONDS = 20


class Program(Customer):
    """A client that sends an API key with every request."""

    def __init__(self, base_url: str, secret: str) -> None:
        super().__init__(base_url)
        self.http.headers["X-API-Key"] = secret


def make_key(member: Customer, **values: Any) -> dict[str, Any]:
    """Make a key for a member and return what the answer shows, the secret too."""
    answer = member.post(API_KEYS, {"name": "importer", "scopes": ["books:read", "books:write"], **values})
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def made_up_secret() -> str:
    """Return what looks like a secret in every way, its checksum included, and is none."""
    text = "colophon_" + secrets.token_urlsafe(37)[:37]
    return text + base64.urlsafe_b64encode(zlib.crc32(text.encode()).to_bytes(4, "big")).decode().rstrip("=")


def error_of(answer: requests.Response) -> tuple[int, str]:
    """Return status and code of a failure, which must be in the envelope."""
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    assert body["success"] is False
    assert body["error"]["status"] == answer.status_code
    assert body["error"]["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, body["error"]["code"]


def wait_for(program: Customer, expected: tuple[int, str], path: str = BOOKS) -> requests.Response:
    """Return the first answer that is the failure expected."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        answer = program.get(path)
        if not answer.ok and error_of(answer) == expected:
            return answer
        assert time.monotonic() < deadline, answer.text
