"""How many SQL statements each route may cost, so that none creeps up unnoticed."""

from __future__ import annotations

import pytest

from servicekit.testing.statements import statements_run


@pytest.fixture(name="cost")
def _cost(app, client, database):
    """Return a function that sends a request that succeeds and gives the number of its statements."""

    def cost(method, url, **kwargs):
        with app.app_context():
            engine = database.engine
        with statements_run(engine) as statements:
            response = client.open(url, method=method, **kwargs)
        assert response.status_code < 300, response.get_json()
        return len(statements)

    return cost


@pytest.mark.parametrize("count", [1, 12])
def test_reading_reviews_costs_the_same_for_one_and_for_many(cost, client, make_book, tokens, count):
    book_id = make_book("T", "Ann")
    url = f"/api/v1/books/{book_id}/reviews"
    for user_id in range(1, count + 1):
        client.post(url, json={"rating": 3}, headers=tokens.headers(user_id))
    review = client.get(url).get_json()["data"][0]["links"]["self"]

    assert cost("GET", url) == 2
    assert cost("GET", "/api/v1/reviews?user_id=1&rating=3&sort=-rating,updated_at") == 2
    assert cost("GET", review) == 1


def test_writing_reviews(cost, client, make_book, member):
    url = f"/api/v1/books/{make_book('T', 'Ann')}/reviews"

    assert cost("POST", url, json={"rating": 3}, headers=member) == 4
    review = client.get(url).get_json()["data"][0]["links"]["self"]
    assert cost("PATCH", review, json={"text": "Good."}, headers=member) == 6
    assert cost("PATCH", review, json={"rating": 5}, headers=member) == 7
    assert cost("DELETE", review, headers=member) == 5
