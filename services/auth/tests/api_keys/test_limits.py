"""The rate limits of API keys: of guessing them, and of what is done with them."""

import pytest

from auth_service.api_keys.key_secrets import new_secret

FIGURE = 60


def guess(exchange, count, address="198.51.100.1"):
    return [exchange(new_secret(), address).headers["X-Error-Code"] for _ in range(count)]


def test_address_that_tries_too_many_keys_has_to_wait(exchange):
    assert guess(exchange, FIGURE) == ["api_key_unknown"] * FIGURE

    response = exchange(new_secret())

    assert (response.status_code, response.headers["X-Error-Code"]) == (401, "rate_limited")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert response.headers["Cache-Control"] == "no-store"
    assert response.get_json()["error"]["code"] == "rate_limited"
    assert guess(exchange, 1, "198.51.100.2") == ["api_key_unknown"]


def test_good_key_is_exchanged_whatever_others_of_its_address_try(member, make_key, exchange):
    secret = make_key(member)["secret"]

    guess(exchange, FIGURE + 2)

    assert exchange(secret).status_code == 204


def test_good_keys_are_not_counted(member, make_key, exchange):
    secret = make_key(member)["secret"]
    assert {exchange(secret).status_code for _ in range(FIGURE + 5)} == {204}

    assert guess(exchange, 1) == ["api_key_unknown"]


@pytest.mark.parametrize("secret", [None, "nonsense", "x" * 5000])
def test_whatever_is_refused_is_counted(exchange, secret):
    codes = [exchange(secret).headers["X-Error-Code"] for _ in range(FIGURE + 2)]

    assert codes == ["api_key_unknown"] * FIGURE + ["rate_limited"] * 2


def test_each_key_has_reads_of_its_own(client, member, make_key, exchange):
    """The figure of an account is 1200 a minute."""
    tokens = [exchange(make_key(member)["secret"]).headers["X-Access-Token"] for _ in range(2)]

    def left(token):
        answer = client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
        return int(answer.headers["RateLimit-Remaining"])

    first = left(tokens[0])
    assert [left(tokens[0]), left(tokens[0])] == [first - 1, first - 2]
    assert left(tokens[1]) == first
    assert left(member.access_token) == first
