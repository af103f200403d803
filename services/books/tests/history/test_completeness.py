"""Every writer keeps the version that it replaces; the fixture ``complete_history`` holds all other tests to it."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError


def test_all_of_many_books_of_a_renamed_author_are_kept(client, make_book, librarian, monkeypatch):
    monkeypatch.setattr("books_service.books.rewriting.BOOKS_AT_ONCE", 2)
    books = [f"/api/v1/books/{make_book(f'T{number}', 'Ann', 'Ben')}" for number in range(5)]
    author = client.get(books[0]).get_json()["data"]["authors"][0]["links"]["self"]

    assert client.patch(author, json={"name": "Anna"}, headers=librarian).status_code == 200

    for address in books:
        changes = client.get(f"{address}/revisions/2").get_json()["data"]["changes"]
        assert [[one["name"] for one in changes[0][side]] for side in ("old", "new")] == [
            ["Ann", "Ben"],
            ["Anna", "Ben"],
        ]


def test_books_of_an_ended_account_are_kept(client, make_book, delete_account, versions):
    address = f"/api/v1/books/{make_book('T', user_id=9)}"

    delete_account(9)

    assert [(one["change"], one["changed_by"], one["fields"]) for one in versions(address)] == [
        ("creator_forgotten", None, []),
        ("created", None, None),
    ]


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM books.revisions", "UPDATE books.revisions SET snapshot = NULL", "TRUNCATE books.revisions"],
)
def test_service_may_not_rewrite_what_was(session, statement):
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(statement))
    session.rollback()
