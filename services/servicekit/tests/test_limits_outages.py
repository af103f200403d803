"""What holds of the rate limits while Redis is away."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from servicekit.access import PUBLIC, access
from servicekit.access_tokens import TokenInvalid
from servicekit.limits import account_or_address, answered_unauthorised, client_address, named_limit

# A guard against hanging, not a measure of speed.
SOON = 2.0


@pytest.fixture
def before_answering():
    """Return a list of what the view of the failures calls before it answers."""
    return []


@pytest.fixture
def views(before_answering):
    """Return the views of the limited application."""

    def define(blueprint, limiter):
        reads = named_limit(limiter, "reads", "rate_limit_reads", account_or_address)
        failures = named_limit(
            limiter, "failures", "rate_limit_failures", client_address, deduct_when=answered_unauthorised
        )

        @blueprint.route("/reads")
        @access(PUBLIC)
        @reads
        @blueprint.response(200)
        def show_reads():
            return "read"

        @blueprint.route("/failures")
        @access(PUBLIC)
        @failures
        @blueprint.response(200)
        def show_failures():
            for call in before_answering:
                call()
            raise TokenInvalid

    return define


def statuses(client, times, **options):
    return [client.get("/api/v1/reads", **options).status_code for _ in range(times)]


def limiter_of(client):
    return client.application.extensions["named_limiter"]


def test_redis_that_goes_after_it_refused_is_told_by_the_window(make_client, views, monkeypatch, recorder):
    client = make_client(views)

    def gone(*_):
        raise redis.ConnectionError

    statuses(client, 3)
    monkeypatch.setattr(limiter_of(client).limiter, "get_window_stats", gone)
    response = client.get("/api/v1/reads")

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    assert "RateLimit-Reset" not in response.headers
    assert len(recorder.named("rate_limit_headers_left_out")) == 1


@pytest.mark.parametrize(("outage", "user_id"), [("freeze", 31), ("stop", 32)])
def test_limits_hold_in_each_process_while_redis_is_away_and_are_shared_again(
    make_client, views, own_redis, tokens, outage, user_id, monkeypatch
):
    client, other = make_client(views), make_client(views)
    headers = tokens.headers(user_id)
    client.get("/api/v1/reads", headers=headers)
    other.get("/api/v1/reads", headers=headers)
    getattr(own_redis, outage)()

    started = time.monotonic()
    seen = statuses(client, 4, headers=headers)
    assert time.monotonic() - started < SOON
    assert seen == [200, 200, 200, 429]
    assert statuses(other, 4, headers=headers) == [200, 200, 200, 429]

    own_redis.bring_back()
    for each in (client, other):
        # Each process asks again after a while; the while is passed over here.
        monkeypatch.setattr(limiter_of(each), "_Limiter__last_check_backend", 0.0)
    wait_until_redis_counts(limiter_of(client))
    # Somebody else: what timed out in a frozen Redis is counted after all when it goes on.
    headers = tokens.headers(user_id + 10)
    assert statuses(client, 2, headers=headers) == [200, 200]
    assert statuses(other, 2, headers=headers) == [200, 429]


def wait_until_redis_counts(limiter):
    deadline = time.monotonic() + 5
    while not limiter.storage.check() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_first_request_of_an_outage_waits_for_redis_a_bounded_number_of_times(
    make_client, views, own_redis, tokens, monkeypatch
):
    client = make_client(views)
    client.get("/api/v1/reads", headers=tokens.headers(9))
    waits = []
    read_response = redis.connection.Connection.read_response

    def counted(connection, *args, **options):
        try:
            return read_response(connection, *args, **options)
        except redis.TimeoutError:
            waits.append(connection.socket_timeout)
            raise

    monkeypatch.setattr(redis.connection.Connection, "read_response", counted)
    monkeypatch.setattr(limiter_of(client), "_Limiter__last_check_backend", 0.0)
    own_redis.freeze()
    assert client.get("/api/v1/reads", headers=tokens.headers(9)).status_code == 200

    # The revocation set, the limit, and one look whether Redis is back.
    assert waits == [0.25, 0.25, 0.25]
    assert client.get("/api/v1/reads", headers=tokens.headers(9)).status_code == 200
    assert len(waits) == 3


def test_many_requests_that_meet_an_outage_together_are_all_answered(make_client, views, own_redis, tokens):
    client = make_client(views)
    client.get("/api/v1/reads", headers=tokens.headers(10))
    own_redis.freeze()

    started = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(
            lambda user_id: client.application.test_client().get("/api/v1/reads", headers=tokens.headers(user_id)),
            range(11, 27),
        )

    assert {answer.status_code for answer in answers} == {200}
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize("outage", ["freeze", "stop"])
def test_redis_that_goes_between_check_and_count_changes_no_answer(
    make_client, views, own_redis, before_answering, outage
):
    client = make_client(views)
    before_answering.append(getattr(own_redis, outage))

    started = time.monotonic()
    response = client.get("/api/v1/failures")

    assert response.status_code == 401
    assert time.monotonic() - started < SOON + 1  # stopping takes its time
