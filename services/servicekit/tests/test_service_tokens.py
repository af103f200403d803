"""The verification of service tokens."""

from __future__ import annotations

import time

import jwt
import pytest

from servicekit.key_ring import KeyRing
from servicekit.service_tokens import REQUIRED_SERVICE_CLAIMS, ServiceTokenInvalid, verify_service_token


@pytest.fixture
def verify(signing_keys_dir):
    ring = KeyRing(signing_keys_dir)
    return lambda token: verify_service_token(token, ring, issuer="colophon")


def test_good_token_tells_the_service(tokens, verify):
    claims = verify(tokens.service_token("auth", jti="j-1"))

    assert (claims.service, claims.token_id) == ("auth", "j-1")


def test_token_is_taken_up_to_thirty_seconds_late(tokens, verify):
    verify(tokens.service_token(exp=int(time.time()) - 20))

    with pytest.raises(ServiceTokenInvalid):
        verify(tokens.service_token(exp=int(time.time()) - 31))


def test_required_claims_are_those_that_are_tested_below():
    assert set(REQUIRED_SERVICE_CLAIMS) == {"iss", "sub", "aud", "iat", "exp", "jti"}


@pytest.mark.parametrize("claim", REQUIRED_SERVICE_CLAIMS)
def test_token_without_a_required_claim_is_invalid(tokens, verify, claim):
    with pytest.raises(ServiceTokenInvalid):
        verify(tokens.service_token(**{claim: None}))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "somebody"},
        {"aud": "colophon"},
        {"iat": int(time.time()) + 600},
        {"nbf": int(time.time()) + 600},
        {"sub": "1"},
        {"sub": 1},
        {"sub": "service:"},
        {"sub": "service:Auth"},
        {"sub": "service:auth\n"},
        {"jti": 5},
        {"jti": ""},
        {"aud": ["colophon-internal"]},
        {"exp": "soon"},
        {"exp": "4102444800"},
        {"exp": 4102444800.0},
        {"exp": 10**17},
        {"iat": True},
    ],
)
def test_token_with_an_odd_claim_is_invalid(tokens, verify, claims):
    with pytest.raises(ServiceTokenInvalid):
        verify(tokens.service_token(**claims))


@pytest.mark.parametrize("headers", [{"typ": "JWT"}, {"typ": "at+jwt"}, {"kid": "unknown"}])
def test_token_with_an_odd_header_is_invalid(tokens, verify, headers):
    with pytest.raises(ServiceTokenInvalid):
        verify(tokens.service_token(headers=headers))


def test_token_of_another_key_is_invalid(tokens, verify):
    with pytest.raises(ServiceTokenInvalid):
        verify(tokens.service_token(secret="x" * 40))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "none"])
def test_token_of_another_algorithm_is_invalid(tokens, verify, algorithm):
    payload = jwt.decode(tokens.service_token(), options={"verify_signature": False})
    secret = None if algorithm == "none" else tokens._key["secret"].ljust(64, "=")
    token = jwt.encode(payload, secret, algorithm=algorithm, headers={"kid": "test-1", "typ": "st+jwt"})

    with pytest.raises(ServiceTokenInvalid):
        verify(token)


@pytest.mark.parametrize("token", ["", "a.b.c", "\u00e9.\u00e9.\u00e9", "x" * 5000, "W1tb" * 900 + ".e30.c2ln"])
def test_what_is_no_token_is_invalid(verify, token):
    with pytest.raises(ServiceTokenInvalid):
        verify(token)


def test_access_token_is_no_service_token(tokens, verify):
    with pytest.raises(ServiceTokenInvalid):
        verify(tokens.make())
    with pytest.raises(ServiceTokenInvalid):
        verify(tokens.make(sub="service:auth", aud="colophon-internal"))
