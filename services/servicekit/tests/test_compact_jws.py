"""Tokens written in ways that two readers could read differently; each is refused by who verifies them."""

from __future__ import annotations

import base64
import json

import jwt
import pytest

from servicekit.access_tokens import TokenInvalid, verify_access_token
from servicekit.key_ring import KeyRing


@pytest.fixture
def verify(signing_keys_dir):
    ring = KeyRing(signing_keys_dir)
    return lambda token: verify_access_token(token, ring, issuer="colophon", audience="colophon")


@pytest.fixture
def parts(tokens):
    """Return header and claims of a good token."""
    token = tokens.make()
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


def written(members):
    return json.dumps(members).encode()


def test_the_bytes_that_are_spoiled_below_are_good_ones(tokens, verify, parts):
    header, claims = parts

    verify(tokens.signed(written(header), written(claims)))


@pytest.mark.parametrize(
    "named",
    [
        {"jku": "http://127.0.0.1/keys"},
        {"x5u": "file:///dev/null"},
        {"jwk": {"kty": "oct", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg"}},
        {"x5c": ["MIIB"]},
        {"cty": "JWT"},
    ],
)
def test_header_parameters_that_name_a_key_are_not_looked_at(tokens, verify, named):
    verify(tokens.make(headers=named))

    with pytest.raises(TokenInvalid):
        verify(tokens.make(headers=named, secret="x" * 32))


@pytest.mark.parametrize(
    "asked",
    [
        {"b64": True},
        {"b64": False},
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"crit": ["kid"]},
    ],
)
def test_token_that_asks_for_what_is_not_understood_is_invalid(tokens, verify, parts, asked):
    header, claims = parts

    with pytest.raises(TokenInvalid):
        verify(tokens.signed(written({**header, **asked}), written(claims)))


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"null", b"5", b'"e30"'])
def test_token_without_an_object_of_claims_is_invalid(tokens, verify, parts, payload):
    with pytest.raises(TokenInvalid):
        verify(tokens.signed(written(parts[0]), payload))


@pytest.mark.parametrize("member", [b'"alg": "HS256"', b'"kid": "test-1"', b'"typ": "at+jwt"', b'"a": 1, "a": 2'])
def test_header_that_names_a_member_twice_is_invalid(tokens, verify, parts, member):
    header, claims = parts

    with pytest.raises(TokenInvalid):
        verify(tokens.signed(b"{" + member + b", " + written(header)[1:], written(claims)))


@pytest.mark.parametrize("member", [b'"role": "admin"', b'"exp": 1', b'"a": {"b": 1, "b": 2}'])
def test_claims_that_name_a_member_twice_are_invalid(tokens, verify, parts, member):
    header, claims = parts

    with pytest.raises(TokenInvalid):
        verify(tokens.signed(written(header), b"{" + member + b", " + written(claims)[1:]))


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"9" * 2000])
@pytest.mark.parametrize("claim", [b"iat", b"exp", b"nbf", b"epoch", b"other"])
def test_number_that_is_none_makes_a_token_invalid(tokens, verify, parts, claim, number):
    header, claims = parts
    rest = {name: value for name, value in claims.items() if name != claim.decode()}
    token = tokens.signed(written(header), b'{"' + claim + b'": ' + number + b", " + written(rest)[1:])

    if claim == b"other" and number[:1].isdigit():
        verify(token)
        return
    with pytest.raises(TokenInvalid):
        verify(token)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_than_utf_8_are_invalid(tokens, verify, parts, encoding):
    header, claims = (json.dumps(part) for part in parts)

    with pytest.raises(TokenInvalid):
        verify(tokens.signed(header.encode(encoding), claims.encode()))
    with pytest.raises(TokenInvalid):
        verify(tokens.signed(header.encode(), claims.encode(encoding)))


def test_token_is_good_in_one_spelling_only(tokens, verify):
    token = tokens.make()
    verify(token)
    # The last character of a signature of 32 bytes has two bits that say nothing.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    others = [token[:-1] + alphabet[last ^ bits] for bits in (1, 2, 3)]
    assert {base64.urlsafe_b64decode(other.split(".")[2] + "=") for other in [token, *others]} == {
        base64.urlsafe_b64decode(token.split(".")[2] + "=")
    }

    for other in [*others, f"{token}=", f"{token}\n", f" {token}", f"{token}.", token.replace(".", "..", 1)]:
        with pytest.raises(TokenInvalid):
            verify(other)


def test_token_of_five_parts_is_invalid(tokens, verify):
    header, payload, signature = tokens.make().split(".")

    for token in (f"{header}.{payload}.{payload}.{payload}.{signature}", f"{header}....{signature}"):
        with pytest.raises(TokenInvalid):
            verify(token)


@pytest.mark.parametrize("issuer", [["colophon"], {"colophon": 1}, 5, True, "Colophon", "colophon "])
def test_issuer_that_is_not_exactly_ours_makes_a_token_invalid(tokens, verify, parts, issuer):
    header, claims = parts

    with pytest.raises(TokenInvalid):
        verify(tokens.signed(written(header), written({**claims, "iss": issuer})))


def test_deeply_nested_claims_are_invalid(tokens, verify, parts):
    with pytest.raises(TokenInvalid):
        verify(tokens.signed(written(parts[0]), b"[" * 2500))
