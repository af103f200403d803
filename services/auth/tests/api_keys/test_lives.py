"""How long what a key is exchanged for may be used."""

from datetime import UTC, datetime, timedelta

import pytest

from auth_service.api_keys.lives import lives_until

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_token_of_a_key_without_end_lives_a_minute():
    lives = lives_until(None, token_life=timedelta(minutes=15), now=NOW)

    assert lives.token == timedelta(seconds=60)
    assert lives.cache_control == "max-age=5, stale-while-revalidate=45, stale-if-error=45"


@pytest.mark.parametrize("seconds", [0.2, 1, 4, 5, 6, 14, 15, 16, 59, 60, 61, 86_400])
@pytest.mark.parametrize("token_seconds", [30, 900])
def test_nothing_outlives_the_key_or_any_other_token(seconds, token_seconds):
    lives = lives_until(NOW + timedelta(seconds=seconds), token_life=timedelta(seconds=token_seconds), now=NOW)

    assert lives.token == timedelta(seconds=min(60, token_seconds, seconds))
    assert 0 <= lives.fresh_seconds <= 5
    assert 0 <= lives.stale_seconds <= 45
    assert timedelta(seconds=lives.fresh_seconds) <= lives.token
    if lives.stale_seconds:
        assert timedelta(seconds=lives.fresh_seconds + lives.stale_seconds) < lives.token
