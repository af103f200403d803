"""What becomes of reviews when the account is deleted that wrote them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.extensions import db
from books_service.reviews import reviewers


@pytest.fixture(name="delete_account")
def _delete_account(app):
    def delete(user_id):
        event = AccountEvent("0" * 32, 1, user_id, DELETED, {}, datetime.now(UTC))
        with app.app_context():
            return accounts.apply_event(db.session, event)

    return delete


def test_reviews_of_a_deleted_account_are_gone_and_no_longer_counted(
    client, member, make_book, review, figures, delete_account, monkeypatch
):
    monkeypatch.setattr(reviewers, "BOOKS_AT_ONCE", 2)
    books = [make_book(f"T{number}", user_id=1) for number in range(5)]
    for book in books:
        review(book, 1, 5)
        review(book, 2, 2)

    assert delete_account(1) == APPLIED

    assert [figures(book) for book in books] == [(1, 2.0)] * 5
    assert client.get("/api/v1/reviews?user_id=1").get_json()["data"] == []
    assert len(client.get("/api/v1/reviews?user_id=2").get_json()["data"]) == 5
    late = client.post(f"/api/v1/books/{books[0]}/reviews", json={"rating": 1}, headers=member)
    assert (late.status_code, late.get_json()["error"]["code"]) == (401, "token_revoked")
