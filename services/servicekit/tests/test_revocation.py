"""The revocation set, and what happens to it when Redis is away."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import redis

from servicekit.access_tokens import AccessTokenClaims
from servicekit.redis_client import connect, connection_options
from servicekit.revocation import KEY_PREFIX, RevocationSet


def claims(session_id="s-1"):
    return AccessTokenClaims(
        user_id=1,
        role="user",
        scopes=frozenset(),
        session_id=session_id,
        token_id="t-1",
        expires_at=datetime.now(UTC) + timedelta(minutes=1),
        epoch=0,
        via="session",
    )


class FakeRedis:
    """Counts what it is asked; answers as it is told to."""

    def __init__(self):
        self.asked = 0
        self.answer = [None]

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


def test_session_is_revoked_once_it_is_in_the_set(client):
    revocations = RevocationSet(client)
    assert not revocations.is_revoked(claims("s-1"))

    assert revocations.revoke(["s-1", "s-2"], 60)

    assert revocations.is_revoked(claims("s-1"))
    assert revocations.is_revoked(claims("s-2"))
    assert not revocations.is_revoked(claims("s-3"))


def test_revocation_is_kept_as_long_as_a_token_may_be_accepted(client):
    """A token is taken up to 30 seconds after its end; its revocation must not go before."""
    RevocationSet(client).revoke(["s-1"], 900)

    assert 925 <= client.ttl(KEY_PREFIX + "s-1") <= 930


def test_nothing_to_revoke_is_done_at_once(client):
    assert RevocationSet(client).revoke([], 60)


def test_one_question_is_asked_for_each_request(of_fake, fake):
    for _ in range(3):
        of_fake.is_revoked(claims())

    assert fake.asked == 3
    assert of_fake.accepted_unchecked == 0


@pytest.mark.parametrize("error", [redis.ConnectionError(), redis.TimeoutError(), redis.ResponseError("LOADING")])
def test_token_is_accepted_counted_and_told_when_redis_cannot_answer(of_fake, fake, recorder, error):
    fake.answer = error

    assert not of_fake.is_revoked(claims())
    assert of_fake.accepted_unchecked == 1
    assert recorder.named("revocation_unchecked")[0]["reason"] == type(error).__name__


def test_redis_that_is_away_is_asked_once_a_second(of_fake, fake, clock, recorder):
    fake.answer = redis.ConnectionError()
    for clock.now in (100.0, 100.1, 100.9, 101.1, 101.2):
        assert not of_fake.is_revoked(claims())

    assert fake.asked == 2
    assert of_fake.accepted_unchecked == 5
    assert len(recorder.named("revocation_unchecked")) == 2


def test_redis_that_is_back_is_asked_for_each_request_again(of_fake, fake, clock):
    fake.answer = redis.ConnectionError()
    of_fake.is_revoked(claims())
    fake.answer = ["1"]

    clock.now += 0.5
    assert not of_fake.is_revoked(claims())
    clock.now += 0.5
    assert of_fake.is_revoked(claims())
    assert of_fake.is_revoked(claims())
    assert fake.asked == 3


def test_one_of_many_concurrent_requests_waits_for_a_redis_that_was_away(of_fake, fake, clock):
    fake.answer = redis.ConnectionError()
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
    assert of_fake.accepted_unchecked == 9


def test_revocation_that_cannot_be_stored_is_told(free_port, recorder):
    with connect(f"redis://127.0.0.1:{free_port}/0", "x") as client:
        assert not RevocationSet(client).revoke(["s-1"], 60)

    assert recorder.named("revocation_not_stored")[0]["reason"] == "ConnectionError"


def test_silent_redis_is_given_up_after_one_short_wait(silent_port):
    started = time.monotonic()
    with connect(f"redis://127.0.0.1:{silent_port}/0", "x") as client, pytest.raises(redis.TimeoutError):
        client.ping()

    assert 0.2 < time.monotonic() - started < 2


def test_connection_is_never_tried_again_on_a_request_path():
    assert connection_options("x")["retry"].get_retries() == 0


def test_connection_is_made_anew_after_redis_was_restarted(own_redis):
    with connect(f"redis://127.0.0.1:{own_redis.port}/0", "only-for-this-test") as client:
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


def test_revoked_session_stays_refused_after_an_outage(own_redis, clock):
    with connect(f"redis://127.0.0.1:{own_redis.port}/0", "only-for-this-test") as client:
        revocations = RevocationSet(client, clock)
        revocations.revoke(["s-1"], 60)
        own_redis.freeze()
        assert not revocations.is_revoked(claims("s-1"))
        own_redis.bring_back()
        clock.now += 1

        assert revocations.is_revoked(claims("s-1"))
