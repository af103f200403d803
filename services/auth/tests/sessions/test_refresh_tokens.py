"""Refresh tokens: that nobody can guess one."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from auth_service.sessions.refresh_tokens import RefreshTokens, hash_of_refresh_token

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def refresh_tokens():
    return RefreshTokens(b"k" * 32, timedelta(days=30), timedelta(days=90), timedelta(seconds=10))


def test_first_tokens_are_random_and_have_256_bits(refresh_tokens):
    made = {refresh_tokens.first() for _ in range(1000)}

    assert len(made) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in made)


def test_successor_is_as_long_always_the_same_and_nothing_without_the_key(refresh_tokens):
    other = RefreshTokens(b"K" * 32, timedelta(days=30), timedelta(days=90), timedelta(seconds=10))
    first = refresh_tokens.first()
    successor = refresh_tokens.successor(first)

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", successor)
    assert successor == refresh_tokens.successor(first)
    assert len({first, successor, refresh_tokens.successor(successor), other.successor(first)}) == 4
    # What the database has tells the successor no more than it tells the token.
    assert refresh_tokens.successor(hash_of_refresh_token(first)) != successor


def test_token_lives_thirty_days_and_never_past_its_session(refresh_tokens):
    assert refresh_tokens.expiry(session_began=NOW, now=NOW) == NOW + timedelta(days=30)
    late = NOW + timedelta(days=80)
    assert refresh_tokens.expiry(session_began=NOW, now=late) == NOW + timedelta(days=90)


def test_keys_are_never_shown(refresh_tokens):
    assert "kkk" not in repr(refresh_tokens)
