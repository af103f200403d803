"""What comes with X-API-Key and is no single, known key."""

from __future__ import annotations

import http.client
from typing import Any

import pytest
from customer import Customer
from program import BOOKS, ME, Program, error_of, made_up_secret
from stack import Stack

ORIGIN = "https://catalogue.example"


@pytest.mark.parametrize("authorization", ["Bearer {token}", "Bearer made-up", "Basic YTpi", "x"])
def test_a_key_beside_another_credential_is_ambiguous(program: Program, member: Customer, authorization: str) -> None:
    headers = {"Authorization": authorization.format(token=member.access_token), "Origin": ORIGIN}

    for method, path in (("GET", BOOKS), ("POST", "/api/v1/auth/refresh")):
        answer = program.request(method, path, headers=headers)
        assert error_of(answer) == (400, "credentials_ambiguous")
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_two_keys_are_ambiguous(stack: Stack, key: dict[str, Any]) -> None:
    for second in (key["secret"], made_up_secret(), "x"):
        connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
        connection.putrequest("GET", BOOKS)
        connection.putheader("X-API-Key", key["secret"])
        connection.putheader("X-API-Key", second)
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 400
        assert b'"code":"credentials_ambiguous"' in answer.read()
        connection.close()


@pytest.mark.parametrize(
    "secret",
    [
        "nonsense",
        "colophon_",
        "x" * 257,
        "x" * 4000,
        "colophon_" + "A" * 43,
        made_up_secret(),
        made_up_secret().upper(),
        made_up_secret() + "A",
        "' OR 1=1 --",
        "{}",
        "\xe9" * 52,
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", BOOKS), ("GET", ME), ("POST", "/api/v1/auth/login")])
def test_an_unknown_key_is_refused_everywhere(
    stack: Stack, visitor: Customer, secret: str, method: str, path: str
) -> None:
    headers = {"X-API-Key": secret.encode("latin-1"), "Origin": ORIGIN}

    answer = visitor.request(method, path, headers=headers, json={} if method == "POST" else None)

    assert error_of(answer) == (401, "api_key_unknown")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="colophon"'
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Cache-Control"] == "no-store"
    assert secret not in answer.text


def test_a_key_longer_than_a_header_may_be_is_refused(visitor: Customer) -> None:
    assert error_of(visitor.get(BOOKS, headers={"X-API-Key": "x" * 9000})) == (431, "headers_too_large")


def test_an_empty_key_is_none(visitor: Customer) -> None:
    assert visitor.get(BOOKS, headers={"X-API-Key": ""}).status_code == 200
    assert error_of(visitor.get(ME, headers={"X-API-Key": ""})) == (401, "token_missing")


def test_a_key_matters_to_the_api_alone(visitor: Customer) -> None:
    headers = {"X-API-Key": "nonsense", "Authorization": "Bearer x"}

    assert visitor.get("/health", headers=headers).status_code == 200
    assert visitor.get("/docs", headers=headers).status_code == 200
    assert error_of(visitor.get("/api/v1/nothing", headers=headers)) == (404, "not_found")


@pytest.mark.parametrize("path", ["/internal/api-key-exchange", "/_key", "/@exchange_key", "/_error/api-key"])
def test_nobody_exchanges_a_key_himself(program: Program, path: str) -> None:
    for method in ("GET", "POST"):
        answer = program.request(method, path)
        assert error_of(answer) == (404, "not_found")
        assert "X-Access-Token" not in answer.headers


def test_the_token_behind_a_key_never_shows(program: Program) -> None:
    answer = program.get(ME)

    assert "X-Access-Token" not in answer.headers
    assert "Authorization" not in answer.headers


def test_a_page_of_an_allowed_origin_may_send_a_key(visitor: Customer) -> None:
    answer = visitor.request(
        "OPTIONS",
        BOOKS,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "x-api-key",
        },
    )

    assert answer.status_code == 204
    assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"].lower()
