"""The revocation set, and what happens to it when Redis is away or was emptied."""

from __future__ import annotations

import threading
import time

import pytest
import redis
from prometheus_client import REGISTRY

from servicekit.redis_client import connect, connection_options
from servicekit.revocation import (
    ACCEPT,
    KEY_PREFIX,
    REFUSE,
    RevocationSet,
    RevocationUnknown,
    session_name,
    user_name,
)
from servicekit.testing.tokens import access_token_claims

REVOKED = ["1", "1", None]
FREE = ["1", None, None]
NOTHING = [None, None, None]


def counted(decision=ACCEPT):
    return REGISTRY.get_sample_value("colophon_revocation_unknown_total", {"decision": decision})


class FakeRedis:
    """Counts what it is asked; answers as it is told to."""

    def __init__(self):
        self.asked = 0
        self.answer = FREE

    def mget(self, _keys):
        """Answer, or raise the answer."""
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Clock:
    """A monotonic clock that stands still."""

    now = 100.0

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture
def fake():
    return FakeRedis()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def of_fake(fake, clock):
    return RevocationSet(fake, clock)


def test_session_is_revoked_once_it_is_in_the_set(redis_connection):
    revocations = RevocationSet(redis_connection)
    assert not revocations.is_revoked(access_token_claims("s-1"))

    assert revocations.announce([session_name("s-1"), session_name("s-2")], 60)

    assert revocations.is_revoked(access_token_claims("s-1"))
    assert revocations.is_revoked(access_token_claims("s-2"))
    assert not revocations.is_revoked(access_token_claims("s-3"))


def test_epoch_of_a_user_is_revoked_for_each_session_and_no_other_epoch_or_user(redis_connection):
    revocations = RevocationSet(redis_connection)
    revocations.announce([user_name(7, 3)], 60)

    assert revocations.is_revoked(access_token_claims("s-1", user_id=7, epoch=3))
    assert revocations.is_revoked(access_token_claims("s-2", user_id=7, epoch=3))
    assert not revocations.is_revoked(access_token_claims("s-1", user_id=7, epoch=4))
    assert not revocations.is_revoked(access_token_claims("s-1", user_id=73, epoch=3))


def test_names_and_keys_are_those_that_the_papers_tell(redis_connection):
    RevocationSet(redis_connection).announce([session_name("s-1"), user_name(7, 3)], 60)

    assert set(redis_connection.keys("colophon:revoked:*")) == {"colophon:revoked:sid:s-1", "colophon:revoked:user:7:3"}


def test_revocation_is_kept_as_long_as_a_token_may_be_accepted(redis_connection):
    """A token is taken up to 30 seconds after its end; its revocation must not go before."""
    RevocationSet(redis_connection).announce([session_name("s-1")], 900)

    assert 925 <= redis_connection.ttl(KEY_PREFIX + session_name("s-1")) <= 930


def test_nothing_to_announce_is_done_at_once(redis_connection):
    assert RevocationSet(redis_connection).announce([], 60)


def test_one_question_is_asked_for_each_request(own_redis_client, commands):
    asked = commands(lambda: RevocationSet(own_redis_client).is_revoked(access_token_claims("s-1", user_id=7, epoch=3)))

    assert asked == ["MGET colophon:revocations:sentinel colophon:revoked:sid:s-1 colophon:revoked:user:7:3"]


@pytest.mark.parametrize("error", [redis.ConnectionError(), redis.TimeoutError(), redis.ResponseError("LOADING")])
def test_token_is_accepted_counted_and_told_when_redis_cannot_answer(of_fake, fake, recorder, error):
    fake.answer = error
    before = counted()

    assert not of_fake.is_revoked(access_token_claims())
    assert counted() == before + 1
    (told,) = recorder.named("revocation_unknown")
    assert (told["reason"], told["decision"], told["count"]) == (type(error).__name__, ACCEPT, 1)


@pytest.mark.parametrize("answer", [redis.ConnectionError(), NOTHING])
def test_token_of_which_nothing_is_known_is_refused_and_counted_where_that_is_the_policy(of_fake, fake, answer):
    fake.answer = answer
    before = counted(REFUSE)

    # The second time it is the open breaker that cannot tell.
    for _ in range(2):
        with pytest.raises(RevocationUnknown) as raised:
            of_fake.is_revoked(access_token_claims(), unknown=REFUSE)

    assert (raised.value.status, raised.value.code) == (503, "revocation_unknown")
    assert raised.value.headers == {"Retry-After": "2"}
    assert counted(REFUSE) == before + 2


def test_emptied_redis_tells_nothing_under_either_policy(own_redis_client):
    revocations = RevocationSet(own_redis_client)
    revocations.announce([session_name("s-1")], 60)
    own_redis_client.flushall()
    before = counted()

    assert not revocations.is_revoked(access_token_claims("s-1"))
    assert counted() == before + 1
    with pytest.raises(RevocationUnknown):
        revocations.is_revoked(access_token_claims("s-1"), unknown=REFUSE)


@pytest.mark.parametrize("policy", [ACCEPT, REFUSE])
def test_known_revocation_counts_without_the_sentinel(redis_connection, policy):
    revocations = RevocationSet(redis_connection)
    redis_connection.flushdb()
    revocations.announce([session_name("s-1")], 60)

    assert revocations.is_revoked(access_token_claims("s-1"), unknown=policy)


def test_missing_sentinel_leaves_redis_asked_for_each_request(of_fake, fake):
    fake.answer = NOTHING
    for _ in range(3):
        assert not of_fake.is_revoked(access_token_claims())
    fake.answer = REVOKED

    assert of_fake.is_revoked(access_token_claims())
    assert fake.asked == 4


def test_what_is_unknown_is_told_once_a_second_with_its_count(of_fake, fake, clock, recorder):
    fake.answer = NOTHING
    for clock.now in (100.0, 100.1, 100.9, 101.0, 101.1, 103.0):
        of_fake.is_revoked(access_token_claims())

    assert [event["count"] for event in recorder.named("revocation_unknown")] == [1, 3, 2]
    assert {event["reason"] for event in recorder.named("revocation_unknown")} == {"SentinelMissing"}


def test_redis_that_is_away_is_asked_once_a_second(of_fake, fake, clock):
    fake.answer = redis.ConnectionError()
    before = counted()
    for clock.now in (100.0, 100.1, 100.9, 101.1, 101.2):
        assert not of_fake.is_revoked(access_token_claims())

    assert fake.asked == 2
    assert counted() == before + 5


def test_redis_that_is_back_is_asked_for_each_request_again(of_fake, fake, clock):
    fake.answer = redis.ConnectionError()
    of_fake.is_revoked(access_token_claims())
    fake.answer = REVOKED

    clock.now += 0.5
    assert not of_fake.is_revoked(access_token_claims())
    clock.now += 0.5
    assert of_fake.is_revoked(access_token_claims())
    assert of_fake.is_revoked(access_token_claims())
    assert fake.asked == 3


def test_one_of_many_concurrent_requests_waits_for_a_redis_that_was_away(of_fake, fake, clock):
    fake.answer = redis.ConnectionError()
    before = counted()
    of_fake.is_revoked(access_token_claims())
    clock.now += 1
    together = threading.Barrier(8)
    answering = threading.Event()

    def slow_answer(_keys):
        fake.asked += 1
        answering.wait(5)
        raise redis.TimeoutError

    fake.mget = slow_answer

    def ask():
        together.wait()
        of_fake.is_revoked(access_token_claims())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 5
    while sum(thread.is_alive() for thread in threads) > 1 and time.monotonic() < deadline:
        time.sleep(0.001)

    assert sum(thread.is_alive() for thread in threads) == 1
    answering.set()
    for thread in threads:
        thread.join()
    assert fake.asked == 2
    assert counted() == before + 9


def test_revocation_that_cannot_be_stored_is_told(free_port, recorder):
    with connect(f"redis://127.0.0.1:{free_port}/0", "x") as client:
        revocations = RevocationSet(client)
        assert not revocations.announce([session_name("s-1")], 60)
        assert not revocations.announce([session_name("s-1")], 60)

    reasons = [event["reason"] for event in recorder.named("revocation_not_stored")]
    assert reasons == ["ConnectionError", "RedisAway"]


def test_silent_redis_is_given_up_after_one_short_wait(silent_port):
    started = time.monotonic()
    with connect(f"redis://127.0.0.1:{silent_port}/0", "x") as client, pytest.raises(redis.TimeoutError):
        client.ping()

    assert 0.2 < time.monotonic() - started < 2


def test_connection_is_never_tried_again_on_a_request_path():
    assert connection_options("x")["retry"].get_retries() == 0


def test_connection_is_made_anew_after_redis_was_restarted(own_redis, own_redis_client):
    own_redis.stop()
    with pytest.raises(redis.ConnectionError):
        own_redis_client.ping()
    own_redis.bring_back()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            assert own_redis_client.ping()
            return
        except redis.RedisError:
            time.sleep(0.05)
    pytest.fail("the client never came back")


def test_revoked_session_stays_refused_after_an_outage(own_redis, own_redis_client, clock):
    revocations = RevocationSet(own_redis_client, clock)
    revocations.announce([session_name("s-1")], 60)
    own_redis.freeze()
    assert not revocations.is_revoked(access_token_claims("s-1"))
    own_redis.bring_back()
    clock.now += 1

    assert revocations.is_revoked(access_token_claims("s-1"))
