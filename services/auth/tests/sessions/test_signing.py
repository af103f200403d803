"""Issuing access tokens."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from auth_service.sessions.signing import AccessTokenIssuer
from servicekit.access_tokens import verify_access_token
from servicekit.key_ring import KeyRing

CLAIMS = {
    "user_id": 7,
    "role": "librarian",
    "scopes": ("books:read", "books:curate"),
    "session_id": "s",
    "epoch": 3,
}
NOW = datetime(2026, 1, 1, 12, 0, 0, 999_999, tzinfo=UTC)


@pytest.fixture(name="make_issuer")
def _make_issuer(tmp_path):
    """Return a function that gives an issuer for a ring of keys."""

    def make(*keys):
        (tmp_path / "ring.json").write_text(json.dumps({"keys": list(keys)}))
        return AccessTokenIssuer(KeyRing(tmp_path), "colophon", "colophon", timedelta(minutes=15))

    return make


def key(kid, state="active", active_from="2020-01-01T00:00:00Z", **members):
    return {"kid": kid, "secret": kid * 32, "state": state, "active_from": active_from, **members}


def test_token_lives_for_the_time_that_was_set(make_issuer):
    token = make_issuer(key("a")).issue(**CLAIMS, now=NOW)

    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["iat"], claims["exp"]) == (int(NOW.timestamp()), int(NOW.timestamp()) + 900)


def test_token_is_signed_with_the_key_in_force_and_verified_by_its_name(make_issuer):
    issuer = make_issuer(
        key("a"),
        key("b", active_from="2025-06-01T00:00:00Z"),
        key("c", "next"),
        key("d", "retired", retire_at="2025-07-01T00:00:00Z"),
    )

    token = issuer.issue(**CLAIMS, now=datetime.now(UTC))

    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": "b", "typ": "at+jwt"}
    claims = verify_access_token(token, issuer.ring, issuer="colophon", audience="colophon")
    assert (claims.user_id, claims.role, claims.session_id) == (7, "librarian", "s")
    assert (claims.scopes, claims.epoch, claims.via) == ({"books:read", "books:curate"}, 3, "session")


def test_no_two_tokens_are_the_same(make_issuer):
    issuer = make_issuer(key("a"))

    assert len({issuer.issue(**CLAIMS, now=NOW) for _ in range(50)}) == 50


def test_tokens_are_encoded_in_one_place_only():
    services = Path(__file__).parents[3]
    sources = [
        path.relative_to(services).as_posix()
        for path in services.glob("*/*/**/*.py")
        if "tests" not in path.parts and "testing" not in path.parts and "jwt.encode(" in path.read_text("utf-8")
    ]

    assert sources == ["auth/auth_service/sessions/signing.py"]
