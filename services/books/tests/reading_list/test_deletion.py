"""What becomes of a reading list when its owner's account is deleted."""

from __future__ import annotations

from datetime import UTC, datetime

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.extensions import db
from books_service.reading_list import readers


def test_reading_list_of_a_deleted_account_is_gone_and_no_other(
    app, client, member, other_member, make_book, put_on_list, monkeypatch
):
    monkeypatch.setattr(readers, "BOOKS_AT_ONCE", 2)
    books = [make_book(f"T{number}", user_id=9) for number in range(5)]
    for book in books:
        put_on_list(book, 1)
        put_on_list(book, 2)

    event = AccountEvent("0" * 32, 1, 1, DELETED, {}, datetime.now(UTC))
    with app.app_context():
        assert accounts.apply_event(db.session, event) == APPLIED

    assert client.get("/api/v1/reading-list", headers=member).get_json()["data"] == []
    assert len(client.get("/api/v1/reading-list", headers=other_member).get_json()["data"]) == 5
    late = client.post("/api/v1/reading-list", json={"book_id": books[0]}, headers=member)
    assert (late.status_code, late.get_json()["error"]["code"]) == (401, "token_revoked")
