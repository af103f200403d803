"""The verification of access tokens."""

from __future__ import annotations

import base64
import hmac
import json
import time
from datetime import UTC, datetime

import jwt
import pytest

from servicekit.access_tokens import REQUIRED_CLAIMS, TokenExpired, TokenInvalid, verify_access_token
from servicekit.key_ring import KeyRing


@pytest.fixture
def verify(signing_keys_dir):
    ring = KeyRing(signing_keys_dir)
    return lambda token: verify_access_token(token, ring, issuer="colophon", audience="colophon")


def test_good_token_gives_typed_claims(tokens, verify):
    expires_at = int(time.time()) + 60
    claims = verify(tokens.make(7, "librarian", sid="s-1", jti="j-1", exp=expires_at, scope="books:read books:write"))

    assert (claims.user_id, claims.role, claims.session_id, claims.token_id) == (7, "librarian", "s-1", "j-1")
    assert claims.scopes == {"books:read", "books:write"}
    assert claims.expires_at == datetime.fromtimestamp(expires_at, UTC)


def test_token_is_taken_up_to_thirty_seconds_late(tokens, verify):
    verify(tokens.make(exp=int(time.time()) - 20))

    with pytest.raises(TokenExpired):
        verify(tokens.make(exp=int(time.time()) - 31))


@pytest.mark.parametrize("epoch", [0, 1, 2**31 - 1])
@pytest.mark.parametrize("via", ["session", "api_key"])
def test_claims_tell_the_epoch_and_how_the_caller_came(tokens, verify, epoch, via):
    claims = verify(tokens.make(epoch=epoch, via=via))

    assert (claims.epoch, claims.via) == (epoch, via)


def test_required_claims_are_those_that_are_tested_below():
    assert set(REQUIRED_CLAIMS) == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "role", "scope", "epoch", "via"}


@pytest.mark.parametrize("claim", REQUIRED_CLAIMS)
def test_token_without_a_required_claim_is_invalid(tokens, verify, claim):
    with pytest.raises(TokenInvalid):
        verify(tokens.make(**{claim: None}))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "somebody"},
        {"aud": "somewhere"},
        {"iat": int(time.time()) + 600},
        {"nbf": int(time.time()) + 600},
        {"sub": 1},
        {"sub": "0"},
        {"sub": "-1"},
        {"sub": "\u0661"},
        {"sub": "1@example.org"},
        {"sub": "9" * 3000},
        {"sub": "9" * 19},
        {"role": 5},
        {"scope": ["books:admin"]},
        {"sid": 5},
        {"jti": 5},
        {"exp": "4102444800"},
        {"exp": 4102444800.5},
        {"exp": True},
        {"exp": 10**17},
        {"exp": 10**40},
        {"exp": float(int(time.time()) + 60)},
        {"exp": 253_402_300_800},
        {"iat": "soon"},
        {"iat": str(int(time.time()))},
        {"iat": float(int(time.time()))},
        {"iat": True},
        {"iat": -1},
        {"nbf": str(int(time.time()))},
        {"nbf": 1.5},
        {"aud": ["colophon"]},
        {"aud": ["colophon", "colophon-internal"]},
        {"aud": {"colophon": 1}},
        {"sub": True},
        {"sub": "1\n"},
        {"sub": " 1"},
        {"sid": ""},
        {"sid": "s 1"},
        {"sid": "s-1\n"},
        {"sid": "\ud800"},
        {"sid": "x" * 65},
        {"jti": ""},
        {"jti": "../j"},
        {"role": ""},
        {"role": "Admin"},
        {"scope": " books:read"},
        {"scope": "books:read  books:write"},
        {"scope": "books:read\tbooks:admin"},
        {"scope": "b\u00fccher:read"},
        {"epoch": -1},
        {"epoch": 2**31},
        {"epoch": 0.0},
        {"epoch": False},
        {"epoch": "0"},
        {"via": "password"},
        {"via": ""},
        {"via": True},
        {"via": ["session"]},
    ],
)
def test_token_with_an_odd_claim_is_invalid(tokens, verify, claims):
    with pytest.raises((TokenInvalid, TokenExpired)):
        verify(tokens.make(**claims))


@pytest.mark.parametrize(
    "headers",
    [
        {"typ": "JWT"},
        {"typ": "AT+JWT"},
        {"typ": None},
        {"kid": "unknown"},
        {"kid": None},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": "exp"},
    ],
)
def test_token_with_an_odd_header_is_invalid(tokens, verify, headers):
    token = tokens.make(headers={name: value for name, value in headers.items() if value is not None})
    if None in headers.values():
        payload = jwt.decode(token, options={"verify_signature": False})
        kept = {"kid": "test-1", "typ": "at+jwt"} | headers
        token = jwt.encode(
            payload,
            tokens._key["secret"],
            headers={name: value for name, value in kept.items() if value is not None},
        )

    with pytest.raises(TokenInvalid):
        verify(token)


@pytest.mark.parametrize(
    "kid",
    [
        "../../etc/passwd",
        "/dev/null",
        "ring.json",
        "' OR 1=1 --",
        "test-1' --",
        "test-1\x00",
        " test-1",
        "TEST-1",
        "",
        "x" * 10_240,
        ["test-1"],
        {"test-1": 1},
        1,
        True,
    ],
)
def test_kid_is_looked_up_among_the_names_of_keys_and_nothing_else(tokens, verify, kid):
    def signed(kid):
        # By hand, since PyJWT would not write most of these.
        header = json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": kid}).encode()
        content = base64.urlsafe_b64encode(header).rstrip(b"=") + b"." + tokens.make().split(".")[1].encode()
        digest = hmac.digest(tokens._key["secret"].encode(), content, "sha256")
        return (content + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()

    verify(signed("test-1"))
    with pytest.raises(TokenInvalid):
        verify(signed(kid))


def test_token_of_another_key_is_invalid(tokens, verify):
    with pytest.raises(TokenInvalid):
        verify(tokens.make(secret="x" * 40))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "none"])
def test_token_of_another_algorithm_is_invalid(tokens, verify, algorithm):
    payload = jwt.decode(tokens.make(), options={"verify_signature": False})
    secret = None if algorithm == "none" else tokens._key["secret"].ljust(64, "=")
    token = jwt.encode(payload, secret, algorithm=algorithm, headers={"kid": "test-1", "typ": "at+jwt"})

    with pytest.raises(TokenInvalid):
        verify(token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "a.b.c",
        "....",
        "\u00e9.\u00e9.\u00e9",
        "eyJhIjpb.e30.x",
        "x" * 5000,
        "W10.e30.c2ln",
        "bnVsbA.e30.c2ln",
        "e30.e30.c2ln\n",
        " e30.e30.c2ln",
        "e30 .e30.c2ln",
        "e30=.e30.c2ln",
        "e31.e30.c2ln",
        "e3+.e30.c2ln",
    ],
)
def test_what_is_no_token_is_invalid(verify, token):
    with pytest.raises(TokenInvalid):
        verify(token)


def test_token_with_a_deeply_nested_header_is_invalid(verify):
    header = "W1tb" * 900  # [[[ and so on, more than the JSON reader goes down

    with pytest.raises(TokenInvalid):
        verify(f"{header}.e30.c2ln")


def test_token_longer_than_any_of_ours_is_not_even_read(tokens, verify):
    with pytest.raises(TokenInvalid):
        verify(tokens.make(scope="x" * 4096))


def test_issuing_and_expiry_are_told_in_utc(tokens, verify):
    now = int(time.time())

    claims = verify(tokens.make(iat=now, exp=now + 60))

    assert (claims.issued_at, claims.expires_at) == tuple(datetime.fromtimestamp(at, UTC) for at in (now, now + 60))
