"""Rate limits by name: who is counted, what is told, and what holds while Redis is away."""

from __future__ import annotations

import pytest
from flask import request

from servicekit.access import PUBLIC, access
from servicekit.access_tokens import TokenInvalid, TokenMissing
from servicekit.arguments import read_json_object
from servicekit.limits import (
    account_or_address,
    answered_unauthorised,
    client_address,
    declared_limits,
    is_anonymous,
    limit_on_errors,
    named_limit,
    scaled,
    unlimited,
)
from servicekit.testing.containers import redis_client


@pytest.fixture
def views():
    """Return the views of the limited application."""

    def define(blueprint, limiter):
        reads = named_limit(limiter, "reads", "rate_limit_reads", account_or_address)
        signed_in_reads = named_limit(
            limiter, "signed-in-reads", "rate_limit_reads", account_or_address, exempt_when=is_anonymous
        )
        failures = named_limit(
            limiter, "failures", "rate_limit_failures", client_address, deduct_when=answered_unauthorised
        )
        refusals = limit_on_errors(limiter, "refusals", "rate_limit_failures", client_address, error=TokenInvalid)
        by_name = named_limit(
            limiter, "by-name", "rate_limit_reads", lambda: str(read_json_object(request).get("name", ""))
        )

        @blueprint.route("/reads")
        @access(PUBLIC)
        @reads
        @blueprint.response(200)
        def show_reads():
            return "read"

        @blueprint.route("/more-reads")
        @access(PUBLIC)
        @reads
        @blueprint.response(200)
        def show_more_reads():
            return "read"

        @blueprint.route("/signed-in-reads")
        @access(PUBLIC)
        @signed_in_reads
        @blueprint.response(200)
        def show_signed_in_reads():
            return "read"

        @blueprint.route("/failures")
        @access(PUBLIC)
        @failures
        @blueprint.response(200)
        def show_failures():
            if "right" not in request.args:
                raise TokenInvalid
            return "in"

        @blueprint.route("/refusals")
        @access(PUBLIC)
        @refusals
        @blueprint.response(200)
        def show_refusals():
            if "missing" in request.args:
                raise TokenMissing
            if "right" not in request.args:
                raise TokenInvalid
            return "in"

        @blueprint.route("/names", methods=["POST"])
        @access(PUBLIC)
        @reads
        @by_name
        @blueprint.response(200)
        def create_name():
            return "named"

        @blueprint.route("/free")
        @access(PUBLIC)
        @unlimited
        @blueprint.response(200)
        def show_free():
            return "free"

        assert declared_limits(create_name) == ("by-name", "reads")
        assert declared_limits(show_refusals) == ("refusals",)
        assert declared_limits(show_free) == ("unlimited",)

    return define


@pytest.fixture
def client(make_client, views):
    return make_client(views)


def statuses(client, path, times, **options):
    return [client.get(path, **options).status_code for _ in range(times)]


def limiter_of(client):
    return client.application.extensions["named_limiter"]


def test_limit_refuses_what_is_beyond_it_and_says_how_long(client):
    assert statuses(client, "/api/v1/reads", 3) == [200, 200, 200]

    response = client.get("/api/v1/reads")

    assert response.status_code == 429
    assert response.get_json()["error"]["code"] == "rate_limited"
    assert 58 <= int(response.headers["Retry-After"]) <= 60
    assert response.headers["RateLimit-Limit"] == "3"
    assert response.headers["RateLimit-Remaining"] == "0"
    assert response.headers["RateLimit-Reset"] == response.headers["Retry-After"]


def test_answer_tells_what_is_left(client):
    told = [client.get("/api/v1/reads").headers for _ in range(2)]

    assert [headers["RateLimit-Remaining"] for headers in told] == ["2", "1"]
    assert all(1 <= int(headers["RateLimit-Reset"]) <= 60 for headers in told)
    assert "RateLimit-Limit" not in client.get("/api/v1/free").headers


def test_waiting_as_long_as_told_is_long_enough(make_client, views, servers, worker_number):
    """Redis rounds the life of a window to seconds; coming half a second too early would only be refused again."""
    client = make_client(views, TEST_RATE_LIMIT_READS="1 per 9 second")
    client.get("/api/v1/reads")
    counters = redis_client(servers, worker_number)
    (key,) = counters.keys("*example*")
    for milliseconds in range(8100, 5000, -250):
        counters.pexpire(key, milliseconds)

        assert int(client.get("/api/v1/reads").headers["Retry-After"]) * 1000 >= milliseconds


def test_views_that_wear_one_limit_share_it(client):
    assert statuses(client, "/api/v1/reads", 2) + statuses(client, "/api/v1/more-reads", 2) == [200, 200, 200, 429]


def test_accounts_and_addresses_are_counted_apart(client, tokens):
    assert statuses(client, "/api/v1/reads", 4, headers=tokens.headers(1))[-1] == 429
    assert statuses(client, "/api/v1/reads", 4, headers=tokens.headers(2))[-1] == 429
    assert statuses(client, "/api/v1/reads", 4)[-1] == 429
    assert client.get("/api/v1/reads", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 200


def test_each_api_key_is_counted_apart_from_the_others_and_from_its_account(client, tokens):
    def headers(**claims):
        return {"Authorization": f"Bearer {tokens.make(1, **claims)}"}

    first = {"sid": "k-1", "via": "api_key"}
    assert statuses(client, "/api/v1/reads", 3, headers=headers(**first)) == [200, 200, 200]
    assert client.get("/api/v1/reads", headers=headers(**first)).status_code == 429
    assert client.get("/api/v1/reads", headers=headers(sid="k-2", via="api_key")).status_code == 200
    # As a session, even one that had the id of the key, the account has its own count.
    assert client.get("/api/v1/reads", headers=headers(sid="k-1")).status_code == 200


def test_account_is_counted_wherever_it_comes_from(client, tokens):
    seen = [
        client.get("/api/v1/reads", headers={**tokens.headers(1), "X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(4)
    ]

    assert seen == [200, 200, 200, 429]


def test_exempt_request_is_neither_counted_nor_told(client, tokens):
    assert set(statuses(client, "/api/v1/signed-in-reads", 6)) == {200}
    assert "RateLimit-Limit" not in client.get("/api/v1/signed-in-reads").headers
    assert statuses(client, "/api/v1/signed-in-reads", 4, headers=tokens.headers())[-1] == 429


def test_conditional_limit_counts_only_the_answers_it_is_meant_for(client):
    assert set(statuses(client, "/api/v1/failures?right", 5)) == {200}
    assert statuses(client, "/api/v1/failures", 3) == [401, 401, 429]
    assert client.get("/api/v1/failures?right").status_code == 429


def test_refused_request_does_not_count_for_a_conditional_limit(client, servers, worker_number):
    statuses(client, "/api/v1/failures", 6)
    counters = redis_client(servers, worker_number)

    assert sorted(counters.get(key) for key in counters.keys("*failures*")) == ["2", "2"]


def test_limit_on_errors_never_refuses_what_the_view_accepts(client):
    assert statuses(client, "/api/v1/refusals?right", 5) == [200] * 5
    assert statuses(client, "/api/v1/refusals", 4) == [401, 401, 429, 429]
    assert statuses(client, "/api/v1/refusals?right", 2) == [200, 200]

    refused = client.get("/api/v1/refusals")
    assert refused.get_json()["error"]["code"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61


def test_limit_on_errors_counts_no_other_error(client):
    assert statuses(client, "/api/v1/refusals?missing", 5) == [401] * 5
    assert statuses(client, "/api/v1/refusals", 3) == [401, 401, 429]


def test_limits_worn_together_hold_each_by_itself(client):
    def post(name):
        return client.post("/api/v1/names", json={"name": name}).status_code

    assert [post("a"), post("b"), post("c"), post("d")] == [200, 200, 200, 429]


def test_key_that_cannot_be_told_ends_the_request_and_not_the_limiter(client):
    """The limiter takes any exception for the loss of Redis, and would count in memory alone from then on."""
    large = client.post("/api/v1/names", data=b" " * (1024 * 1024 + 1), content_type="application/json")
    broken = client.post("/api/v1/names", data=b"{", content_type="application/json")

    assert (large.status_code, broken.status_code) == (413, 400)
    assert limiter_of(client)._storage_dead is False
    assert statuses(client, "/api/v1/reads", 4) == [200, 200, 200, 429]


def test_request_that_is_refused_before_its_view_is_not_counted(client):
    assert set(statuses(client, "/api/v1/reads", 6, headers={"Authorization": "Bearer x"})) == {401}
    assert client.get("/api/v1/reads").headers["RateLimit-Remaining"] == "2"


def test_scale_multiplies_every_limit(make_client, views):
    client = make_client(views, COLOPHON_RATE_LIMIT_SCALE="10")

    assert client.get("/api/v1/reads").headers["RateLimit-Limit"] == "30"
    assert client.get("/api/v1/failures").headers["RateLimit-Limit"] == "20"


@pytest.mark.parametrize(
    ("figures", "result"),
    [
        ("5 per minute", "50 per 1 minute"),
        ("5/second", "50 per 1 second"),
        ("2 per minute; 20 per hour", "20 per 1 minute; 200 per 1 hour"),
        ("1 per 15 minutes,3/2days", "10 per 15 minute; 30 per 2 day"),
        ("7 per month", "70 per 1 month"),
    ],
)
def test_figures_are_scaled_and_the_windows_kept(figures, result):
    assert scaled(figures, 10) == result
    assert scaled(result, 1) == result


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "address:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "address:2001:db8:1:2::/64"),
        ("fe80::1%eth0", "address:fe80::/64"),
        ("::ffff:192.0.2.7", "address:192.0.2.7"),
        ("unix:", "address:unix:"),
        (None, "address:unknown"),
    ],
)
def test_address_is_counted_by_what_one_subscriber_owns(make_app, address, key):
    with make_app().test_request_context(environ_overrides={"REMOTE_ADDR": address}):
        assert client_address() == key


def test_two_applications_of_one_process_and_one_limiter_share_its_counts(make_app, views, empty_redis):
    one, other = make_app(views).test_client(), make_app(views).test_client()

    assert statuses(one, "/api/v1/reads", 2) + statuses(other, "/api/v1/reads", 2) == [200, 200, 200, 429]
