"""Renaming authors of many books."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from books_service.authors.operations import update_author
from books_service.books.rewriting import BOOKS_AT_ONCE
from books_service.extensions import db
from books_service.search.vector import search_vector
from servicekit.entity_tags import IfMatch
from servicekit.testing.statements import statements_run


@pytest.fixture(name="author_of")
def _author_of(session):
    """Makes an author of that many books, every third with a translator, and returns the author's id."""

    def make(books):
        add = "INSERT INTO books.authors (name, name_normalized, name_key) VALUES (:name, :key, :key) RETURNING id"
        author_id, translator_id = (
            session.execute(text(add), {"name": name, "key": f"{name.lower()}{books}"}).scalar_one()
            for name in ("Old Name", "Tom Translator")
        )
        session.execute(
            text(
                "WITH made AS ("
                " INSERT INTO books.books (title, title_key, subtitle, author, author_key, search_vector)"
                " SELECT 'Book ' || n, 'book ' || n, 'Sub', 'Old Name', 'old name', 'old name'"
                " FROM generate_series(1, :books) n RETURNING id)"
                " INSERT INTO books.book_authors (book_id, position, author_id, role)"
                " SELECT id, 0, :author, 'author' FROM made"
                " UNION ALL SELECT id, 1, :translator, 'translator' FROM made WHERE id % 3 = 0"
            ),
            {"books": books, "author": author_id, "translator": translator_id},
        )
        return author_id

    return make


def rename(session, author_id, name):
    with statements_run(db.engine) as statements:
        update_author(session, 3, author_id, {"name": name}, if_match=IfMatch())
    return statements


def test_all_of_three_thousand_books_show_and_search_the_new_name(session, author_of, make_book):
    author_id = author_of(3_000)
    other_id = make_book("Other", "Somebody")

    rename(session, author_id, "N\u00e9w N\u00e4me")

    rows = session.execute(
        text(
            "SELECT id, title, author, author_key, search_vector, version, updated_at >= created_at FROM books.books"
            " WHERE id <> :other"
        ),
        {"other": other_id},
    ).all()
    assert len(rows) == 3_000
    for book_id, title, author, author_key, vector, version, is_renewed in rows:
        translators = ["Tom Translator"] if book_id % 3 == 0 else []
        assert (author, author_key, version, is_renewed) == ("N\u00e9w N\u00e4me", "new name", 2, True)
        assert vector == search_vector(title=title, subtitle="Sub", contributors=["New Name", *translators])
    other = text("SELECT author, version FROM books.books WHERE id = :other")
    assert session.execute(other, {"other": other_id}).one() == ("Somebody", 1)


def test_renaming_takes_five_statements_for_a_batch_of_books(session, author_of):
    few, many = author_of(1), author_of(3_000)
    rename(session, few, "First")

    apart = len(rename(session, many, "Many")) - len(rename(session, few, "Few"))

    assert apart == 5 * (3_000 // BOOKS_AT_ONCE - 1)


def test_author_of_no_book_is_renamed(session, author_of):
    rename(session, author_of(1), "Somebody")

    assert len(rename(session, author_of(0), "Nobody")) == 5
