"""The assertion of every revocation in force, which ends with the sentinel."""

from __future__ import annotations

import pytest
import redis

from servicekit.redis_client import connect
from servicekit.revocation import (
    ASSERTION_PREFIX,
    BATCH_SIZE,
    KEY_PREFIX,
    REFUSE,
    SENTINEL_KEY,
    RevocationSet,
    session_name,
    user_name,
)
from servicekit.testing.tokens import access_token_claims


def test_assertion_brings_back_what_an_emptied_redis_has_forgotten(redis_connection):
    revocations = RevocationSet(redis_connection)
    redis_connection.flushdb()

    revocations.assert_live([(session_name("s-1"), 60), (user_name(7, 3), 60)], 60)

    assert revocations.is_revoked(access_token_claims("s-1"), unknown=REFUSE)
    assert revocations.is_revoked(access_token_claims("s-2", user_id=7, epoch=3), unknown=REFUSE)
    assert not revocations.is_revoked(access_token_claims("s-2"), unknown=REFUSE)


def test_assertion_of_nothing_says_that_nothing_is_revoked(redis_connection):
    redis_connection.flushdb()
    RevocationSet(redis_connection).assert_live([], 60)

    assert not RevocationSet(redis_connection).is_revoked(access_token_claims(), unknown=REFUSE)


def test_assertion_keeps_each_revocation_as_long_as_it_has_left(redis_connection):
    RevocationSet(redis_connection).assert_live([(session_name("s-1"), 500), (session_name("s-2"), 0)], 60)

    assert 495 <= redis_connection.ttl(KEY_PREFIX + session_name("s-1")) <= 500
    assert redis_connection.ttl(KEY_PREFIX + session_name("s-2")) in (-2, 0, 1)
    assert 55 <= redis_connection.ttl(SENTINEL_KEY) <= 60
    assert redis_connection.keys(ASSERTION_PREFIX + "*") == []


def test_sentinel_is_the_last_thing_that_an_assertion_of_many_batches_sets(own_redis_client, commands):
    rows = ((session_name(f"s-{number}"), 60) for number in range(2 * BATCH_SIZE + 1))
    got = commands(lambda: RevocationSet(own_redis_client).assert_live(rows, 60))

    assert len(got) == 1 + 2 * BATCH_SIZE + 1 + 1
    assert got[-1].startswith("RENAME ")
    assert got[-1].endswith(f" {SENTINEL_KEY}")
    assert [command for command in got[:-1] if SENTINEL_KEY in command] == []


def test_assertion_that_fails_in_between_leaves_no_sentinel(own_redis_client):
    def filling_up():
        yield from ((session_name(f"s-{number}"), 60) for number in range(BATCH_SIZE + 1))
        own_redis_client.config_set("maxmemory", "1")

    try:
        with pytest.raises(redis.ResponseError, match="maxmemory"):
            RevocationSet(own_redis_client).assert_live(filling_up(), 60)
    finally:
        own_redis_client.config_set("maxmemory", "0")

    assert own_redis_client.exists(KEY_PREFIX + session_name("s-0"))
    assert not own_redis_client.exists(SENTINEL_KEY)


def test_full_redis_takes_no_announcement_and_is_asked_all_the_same(own_redis_client, recorder):
    revocations = RevocationSet(own_redis_client)
    revocations.assert_live([(session_name("s-1"), 60)], 60)
    own_redis_client.config_set("maxmemory", "1")
    try:
        assert not revocations.announce([session_name("s-2")], 60)
        assert revocations.is_revoked(access_token_claims("s-1"), unknown=REFUSE)
    finally:
        own_redis_client.config_set("maxmemory", "0")

    assert recorder.named("revocation_not_stored")[0]["reason"] == "OutOfMemoryError"


def test_redis_that_is_emptied_during_an_assertion_gets_no_sentinel(redis_connection):
    def emptied():
        yield from ((session_name(f"s-{number}"), 60) for number in range(BATCH_SIZE))
        redis_connection.flushdb()
        yield (session_name("late"), 60)

    with pytest.raises(redis.ResponseError):
        RevocationSet(redis_connection).assert_live(emptied(), 60)

    assert not redis_connection.exists(SENTINEL_KEY)
    assert redis_connection.exists(KEY_PREFIX + session_name("late"))


def test_assertion_that_cannot_reach_redis_raises(free_port):
    with connect(f"redis://127.0.0.1:{free_port}/0", "x") as client, pytest.raises(redis.ConnectionError):
        RevocationSet(client).assert_live([], 60)


def test_assertion_asks_during_an_outage_and_its_success_ends_the_outage(own_redis, own_redis_client):
    revocations = RevocationSet(own_redis_client, lambda: 100.0)
    own_redis.freeze()
    assert not revocations.is_revoked(access_token_claims("s-1"))
    with pytest.raises(redis.TimeoutError):
        revocations.assert_live([(session_name("s-1"), 60)], 60)
    own_redis.bring_back()

    revocations.assert_live([(session_name("s-1"), 60)], 60)

    # The clock stands still: without the success the breaker would be open.
    assert revocations.is_revoked(access_token_claims("s-1"), unknown=REFUSE)
