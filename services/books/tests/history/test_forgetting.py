"""What becomes of versions and deletions when an account ends."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from books_service.history import forgetting
from books_service.history.models import DeletedRow, Deletion, Revision


def test_nobody_is_named_any_longer_and_nothing_else_changes(client, make_book, delete_account, tokens, monkeypatch):
    monkeypatch.setattr(forgetting, "ROWS_AT_ONCE", 2)
    gone = tokens.headers(9, "admin")
    books = [f"/api/v1/books/{make_book(f'T{number}', 'Ann')}" for number in range(3)]
    author = client.get(books[0]).get_json()["data"]["authors"][0]["links"]["self"]
    for address in books:
        for year in (1990, 1991):
            client.patch(address, json={"year": year}, headers=gone)
    client.patch(author, json={"name": "Anna"}, headers=gone)
    client.delete(books[2], headers=gone)
    before = [client.get(address) for address in (*books[:2], author)]

    delete_account(9)

    after = [client.get(address) for address in (*books[:2], author)]
    assert [one.get_json() for one in after] == [one.get_json() for one in before]
    assert [one.headers["ETag"] for one in after] == [one.headers["ETag"] for one in before]
    for address in (*books[:2], author):
        versions = client.get(f"{address}/revisions").get_json()["data"]
        assert {one["changed_by"] for one in versions} <= {1, None}


def test_no_row_names_the_account(client, session, make_book, delete_account, tokens, review):
    gone = tokens.headers(9, "admin")
    book_id = make_book("T", "Ann", user_id=9)
    review(book_id, 9)
    client.patch(f"/api/v1/books/{book_id}", json={"year": 1990}, headers=gone)
    client.delete(f"/api/v1/books/{book_id}", headers=gone)

    delete_account(9)

    assert set(session.scalars(select(Revision.changed_by))) == {None}
    assert session.execute(select(Deletion.deleted_by, Deletion.added_by)).all() == [(None, None)]
    assert session.scalars(select(DeletedRow.id)).all() == []
    for snapshot in session.scalars(select(Revision.snapshot)):
        assert snapshot is None or not {"created_by", "changed_by"} & snapshot.keys()


@pytest.mark.parametrize("ended", [True, False])
def test_reviews_come_back_with_their_book_but_for_those_of_ended_accounts(
    client, make_book, delete_account, review, admin, ended
):
    book_id = make_book("T")
    review(book_id, 9, 5)
    kept = review(book_id, 8, 2)
    client.delete(f"/api/v1/books/{book_id}", headers=admin)
    assert client.get(kept["links"]["self"]).status_code == 404
    if ended:
        delete_account(9)

    assert client.post(f"/api/v1/books/{book_id}/restore", headers=admin).status_code == 200

    figures = client.get(f"/api/v1/books/{book_id}").get_json()["data"]["reviews"]
    assert figures == ({"count": 1, "average": 2.0} if ended else {"count": 2, "average": 3.5})
    assert client.get(kept["links"]["self"]).get_json()["data"] == kept


@pytest.mark.parametrize("ended", [True, False])
def test_places_in_reading_lists_come_back_but_for_those_of_ended_accounts(
    client, make_book, delete_account, put_on_list, admin, tokens, ended
):
    book_id = make_book("T")
    days = {"finished": True, "started_on": "2026-01-02", "finished_on": "2026-02-03"}
    entries = {user_id: put_on_list(book_id, user_id, note="N", **days) for user_id in (8, 9)}
    client.delete(f"/api/v1/books/{book_id}", headers=admin)
    assert client.get("/api/v1/reading-list", headers=tokens.headers(8)).get_json()["data"] == []
    if ended:
        delete_account(9)

    assert client.post(f"/api/v1/books/{book_id}/restore", headers=admin).status_code == 200

    for user_id, entry in entries.items():
        left = client.get("/api/v1/reading-list", headers=tokens.headers(user_id)).get_json()["data"]
        assert left == ([] if ended and user_id == 9 else [entry])
