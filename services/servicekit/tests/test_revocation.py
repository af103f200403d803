"""The revocation set, and what happens to it when Redis is away or was emptied."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest
import redis
from prometheus_client import REGISTRY

from servicekit.access_tokens import AccessTokenClaims
from servicekit.redis_client import connect, connection_options
from servicekit.revocation import (
    ACCEPT,
    ASSERTION_PREFIX,
    BATCH_SIZE,
    KEY_PREFIX,
    REFUSE,
    SENTINEL_KEY,
    RevocationSet,
    RevocationUnknown,
    session_name,
    user_name,
)

PASSWORD = "only-for-this-test"

REVOKED = ["1", "1", None]
FREE = ["1", None, None]
NOTHING = [None, None, None]


def claims(session_id="s-1", *, user_id=1, epoch=0):
    return AccessTokenClaims(
        user_id=user_id,
        role="user",
        scopes=frozenset(),
        session_id=session_id,
        token_id="t-1",
        expires_at=datetime.now(UTC) + timedelta(minutes=1),
        epoch=epoch,
        via="session",
    )


def counted(decision=ACCEPT):
    return REGISTRY.get_sample_value("colophon_revocation_unknown_total", {"decision": decision}) or 0


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


@pytest.fixture
def client(servers, worker_number, empty_redis):
    with connect(f"redis://127.0.0.1:{servers.redis_port}/{worker_number}", servers.password) as made:
        yield made


@pytest.fixture
def client_of_own(own_redis):
    """Return a client of a server that no other test uses meanwhile."""
    with connect(f"redis://127.0.0.1:{own_redis.port}/0", PASSWORD) as made:
        made.flushall()
        yield made


@pytest.fixture
def commands(client_of_own, own_redis):
    """Return a function that calls what it is given and returns the commands that Redis then got, as text."""

    def during(call):
        client_of_own.ping()  # so that the connection is there
        url = f"redis://127.0.0.1:{own_redis.port}/0"
        with connect(url, PASSWORD) as other, other.monitor() as seen:
            call()
            client_of_own.echo("enough")
            got = (command["command"] for command in seen.listen())
            return list(takewhile(lambda command: command != "ECHO enough", got))

    return during


def test_session_is_revoked_once_it_is_in_the_set(client):
    revocations = RevocationSet(client)
    assert not revocations.is_revoked(claims("s-1"))

    assert revocations.announce([session_name("s-1"), session_name("s-2")], 60)

    assert revocations.is_revoked(claims("s-1"))
    assert revocations.is_revoked(claims("s-2"))
    assert not revocations.is_revoked(claims("s-3"))


def test_epoch_of_a_user_is_revoked_for_each_session_and_no_other_epoch_or_user(client):
    revocations = RevocationSet(client)
    revocations.announce([user_name(7, 3)], 60)

    assert revocations.is_revoked(claims("s-1", user_id=7, epoch=3))
    assert revocations.is_revoked(claims("s-2", user_id=7, epoch=3))
    assert not revocations.is_revoked(claims("s-1", user_id=7, epoch=4))
    assert not revocations.is_revoked(claims("s-1", user_id=73, epoch=3))


def test_names_and_keys_are_those_that_the_papers_tell(client):
    RevocationSet(client).announce([session_name("s-1"), user_name(7, 3)], 60)

    assert set(client.keys("colophon:revoked:*")) == {"colophon:revoked:sid:s-1", "colophon:revoked:user:7:3"}


def test_revocation_is_kept_as_long_as_a_token_may_be_accepted(client):
    """A token is taken up to 30 seconds after its end; its revocation must not go before."""
    RevocationSet(client).announce([session_name("s-1")], 900)

    assert 925 <= client.ttl(KEY_PREFIX + session_name("s-1")) <= 930


def test_nothing_to_announce_is_done_at_once(client):
    assert RevocationSet(client).announce([], 60)


def test_one_question_is_asked_for_each_request(client_of_own, commands):
    asked = commands(lambda: RevocationSet(client_of_own).is_revoked(claims("s-1", user_id=7, epoch=3)))

    assert asked == ["MGET colophon:revocations:sentinel colophon:revoked:sid:s-1 colophon:revoked:user:7:3"]


@pytest.mark.parametrize("error", [redis.ConnectionError(), redis.TimeoutError(), redis.ResponseError("LOADING")])
def test_token_is_accepted_counted_and_told_when_redis_cannot_answer(of_fake, fake, recorder, error):
    fake.answer = error
    before = counted()

    assert not of_fake.is_revoked(claims())
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
            of_fake.is_revoked(claims(), unknown=REFUSE)

    assert (raised.value.status, raised.value.code) == (503, "revocation_unknown")
    assert raised.value.headers == {"Retry-After": "2"}
    assert counted(REFUSE) == before + 2


def test_emptied_redis_tells_nothing_under_either_policy(client_of_own):
    revocations = RevocationSet(client_of_own)
    revocations.announce([session_name("s-1")], 60)
    client_of_own.flushall()
    before = counted()

    assert not revocations.is_revoked(claims("s-1"))
    assert counted() == before + 1
    with pytest.raises(RevocationUnknown):
        revocations.is_revoked(claims("s-1"), unknown=REFUSE)


@pytest.mark.parametrize("policy", [ACCEPT, REFUSE])
def test_known_revocation_counts_without_the_sentinel(client, policy):
    revocations = RevocationSet(client)
    client.flushdb()
    revocations.announce([session_name("s-1")], 60)

    assert revocations.is_revoked(claims("s-1"), unknown=policy)


def test_missing_sentinel_leaves_redis_asked_for_each_request(of_fake, fake):
    fake.answer = NOTHING
    for _ in range(3):
        assert not of_fake.is_revoked(claims())
    fake.answer = REVOKED

    assert of_fake.is_revoked(claims())
    assert fake.asked == 4


def test_what_is_unknown_is_told_once_a_second_with_its_count(of_fake, fake, clock, recorder):
    fake.answer = NOTHING
    for clock.now in (100.0, 100.1, 100.9, 101.0, 101.1, 103.0):
        of_fake.is_revoked(claims())

    assert [event["count"] for event in recorder.named("revocation_unknown")] == [1, 3, 2]
    assert {event["reason"] for event in recorder.named("revocation_unknown")} == {"SentinelMissing"}


def test_redis_that_is_away_is_asked_once_a_second(of_fake, fake, clock):
    fake.answer = redis.ConnectionError()
    before = counted()
    for clock.now in (100.0, 100.1, 100.9, 101.1, 101.2):
        assert not of_fake.is_revoked(claims())

    assert fake.asked == 2
    assert counted() == before + 5


def test_redis_that_is_back_is_asked_for_each_request_again(of_fake, fake, clock):
    fake.answer = redis.ConnectionError()
    of_fake.is_revoked(claims())
    fake.answer = REVOKED

    clock.now += 0.5
    assert not of_fake.is_revoked(claims())
    clock.now += 0.5
    assert of_fake.is_revoked(claims())
    assert of_fake.is_revoked(claims())
    assert fake.asked == 3


def test_one_of_many_concurrent_requests_waits_for_a_redis_that_was_away(of_fake, fake, clock):
    fake.answer = redis.ConnectionError()
    before = counted()
    of_fake.is_revoked(claims())
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
        of_fake.is_revoked(claims())

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


def test_assertion_brings_back_what_an_emptied_redis_has_forgotten(client):
    revocations = RevocationSet(client)
    client.flushdb()

    revocations.assert_live([(session_name("s-1"), 60), (user_name(7, 3), 60)], 60)

    assert revocations.is_revoked(claims("s-1"), unknown=REFUSE)
    assert revocations.is_revoked(claims("s-2", user_id=7, epoch=3), unknown=REFUSE)
    assert not revocations.is_revoked(claims("s-2"), unknown=REFUSE)


def test_assertion_of_nothing_says_that_nothing_is_revoked(client):
    client.flushdb()
    RevocationSet(client).assert_live([], 60)

    assert not RevocationSet(client).is_revoked(claims(), unknown=REFUSE)


def test_assertion_keeps_each_revocation_as_long_as_it_has_left(client):
    RevocationSet(client).assert_live([(session_name("s-1"), 500), (session_name("s-2"), 0)], 60)

    assert 495 <= client.ttl(KEY_PREFIX + session_name("s-1")) <= 500
    assert client.ttl(KEY_PREFIX + session_name("s-2")) in (-2, 0, 1)
    assert 55 <= client.ttl(SENTINEL_KEY) <= 60
    assert client.keys(ASSERTION_PREFIX + "*") == []


def test_sentinel_is_the_last_thing_that_an_assertion_of_many_batches_sets(client_of_own, commands):
    rows = ((session_name(f"s-{number}"), 60) for number in range(2 * BATCH_SIZE + 1))
    got = commands(lambda: RevocationSet(client_of_own).assert_live(rows, 60))

    assert len(got) == 1 + 2 * BATCH_SIZE + 1 + 1
    assert got[-1].startswith("RENAME ")
    assert got[-1].endswith(f" {SENTINEL_KEY}")
    assert [command for command in got[:-1] if SENTINEL_KEY in command] == []


def test_assertion_that_fails_in_between_leaves_no_sentinel(client_of_own):
    def filling_up():
        yield from ((session_name(f"s-{number}"), 60) for number in range(BATCH_SIZE + 1))
        client_of_own.config_set("maxmemory", "1")

    try:
        with pytest.raises(redis.ResponseError, match="maxmemory"):
            RevocationSet(client_of_own).assert_live(filling_up(), 60)
    finally:
        client_of_own.config_set("maxmemory", "0")

    assert client_of_own.exists(KEY_PREFIX + session_name("s-0"))
    assert not client_of_own.exists(SENTINEL_KEY)


def test_redis_that_is_emptied_during_an_assertion_gets_no_sentinel(client):
    def emptied():
        yield from ((session_name(f"s-{number}"), 60) for number in range(BATCH_SIZE))
        client.flushdb()
        yield (session_name("late"), 60)

    with pytest.raises(redis.ResponseError):
        RevocationSet(client).assert_live(emptied(), 60)

    assert not client.exists(SENTINEL_KEY)
    assert client.exists(KEY_PREFIX + session_name("late"))


def test_assertion_that_cannot_reach_redis_raises(free_port):
    with connect(f"redis://127.0.0.1:{free_port}/0", "x") as client, pytest.raises(redis.ConnectionError):
        RevocationSet(client).assert_live([], 60)


def test_silent_redis_is_given_up_after_one_short_wait(silent_port):
    started = time.monotonic()
    with connect(f"redis://127.0.0.1:{silent_port}/0", "x") as client, pytest.raises(redis.TimeoutError):
        client.ping()

    assert 0.2 < time.monotonic() - started < 2


def test_connection_is_never_tried_again_on_a_request_path():
    assert connection_options("x")["retry"].get_retries() == 0


def test_connection_is_made_anew_after_redis_was_restarted(own_redis):
    with connect(f"redis://127.0.0.1:{own_redis.port}/0", PASSWORD) as client:
        assert client.ping()
        own_redis.stop()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        own_redis.bring_back()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                assert client.ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        pytest.fail("the client never came back")


def test_revoked_session_stays_refused_after_an_outage(own_redis, client_of_own, clock):
    revocations = RevocationSet(client_of_own, clock)
    revocations.announce([session_name("s-1")], 60)
    own_redis.freeze()
    assert not revocations.is_revoked(claims("s-1"))
    own_redis.bring_back()
    clock.now += 1

    assert revocations.is_revoked(claims("s-1"))


def test_assertion_asks_during_an_outage_and_its_success_ends_the_outage(own_redis, client_of_own, clock):
    revocations = RevocationSet(client_of_own, clock)
    own_redis.freeze()
    assert not revocations.is_revoked(claims("s-1"))
    with pytest.raises(redis.TimeoutError):
        revocations.assert_live([(session_name("s-1"), 60)], 60)
    own_redis.bring_back()

    revocations.assert_live([(session_name("s-1"), 60)], 60)

    # The clock stands still: without the success the breaker would be open.
    assert revocations.is_revoked(claims("s-1"), unknown=REFUSE)
