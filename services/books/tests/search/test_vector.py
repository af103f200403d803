"""What books are found by, as PostgreSQL stores it and as every writer writes it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from books_service.authors.operations import update_author
from books_service.books.models import Book
from books_service.imports.operations import store_rows
from books_service.imports.rows import ImportRow
from books_service.search.vector import search_vector
from servicekit.entity_tags import IfMatch

BOOKS = "/api/v1/books"


def test_each_word_stands_by_itself_and_under_its_field():
    assert search_vector(title="Dune", contributors=["F. H. Herbert"], description="Dune again") == (
        "'a:f':12B 'a:fh':12B 'a:h':13B 'a:herbert':14B 'again':26 'dune':1A,25 'f':12B 'fh':12B 'h':13B 'herbert':14B"
        " 't:dune':1A"
    )


@pytest.mark.parametrize(
    "title",
    [
        "'", "\\", "a\\' ' \\\\", "It's", "?!", "::", "t:x", "\u65e5\u672c\u8a9e", "\U0001f4d6", "\u0391\u03b2 \u00e9",
        "word " * 40, "\ufdfa" * 200, "\u00df" * 200, "\U00020000" * 200, ":* & | ! <-> ( )",
    ],
)  # fmt: skip
def test_vector_is_written_as_the_database_writes_it(session, title):
    vector = search_vector(title=title, description=("word " * 400 + title)[:2000], subjects=[title[:100]] * 50)

    assert session.execute(text("SELECT CAST(:vector AS tsvector)::text"), {"vector": vector}).scalar_one() == vector


def test_every_writer_stores_what_a_book_is_found_by(session, client, make_book, member):
    book_id = make_book("Dune", "Frank Herbert", subjects=["Science Fiction"], publisher="Chilton", description="Sand.")
    given = {"contributors": ["Frank Herbert"], "subjects": ["Science Fiction"], "publisher": "Chilton"}
    assert stored(session, book_id) == search_vector(title="Dune", description="Sand.", **given)

    client.patch(f"{BOOKS}/{book_id}", json={"description": None, "subtitle": "Messiah"}, headers=member)
    assert stored(session, book_id) == search_vector(title="Dune", subtitle="Messiah", **given)

    author_id = session.execute(text("SELECT author_id FROM books.book_authors")).scalar_one()
    update_author(session, 3, author_id, {"name": "F. Herbert"}, if_match=IfMatch())
    given["contributors"] = ["F. Herbert"]
    assert stored(session, book_id) == search_vector(title="Dune", subtitle="Messiah", **given)


def test_imports_store_what_a_book_is_found_by_and_keep_what_the_file_does_not_have(session):
    def row(digest, authors, **values):
        return ImportRow(1, 1, "key", {"title": "Dune", **values}, authors, digest, [])

    list(store_rows(session, "test", [row("1", ["Frank Herbert"], publisher="Chilton")], overwrite=False))
    book_id = session.execute(select(Book.id)).scalar_one()
    assert stored(session, book_id) == search_vector(title="Dune", contributors=["Frank Herbert"], publisher="Chilton")

    list(store_rows(session, "test", [row("2", None, subjects=["Sand"])], overwrite=False))
    assert stored(session, book_id) == search_vector(
        title="Dune", contributors=["Frank Herbert"], publisher="Chilton", subjects=["Sand"]
    )


def test_a_change_of_nothing_makes_no_new_version(client, make_book, member):
    book_id = make_book("It's Me, 'J. R. R.'", "\u00c9mile \\ Zola", description="word \u65e5\u672c " * 100)

    answer = client.put(f"{BOOKS}/{book_id}", json={"year": None}, headers=member)

    assert answer.get_json()["data"]["version"] == 1


def test_words_of_books_are_kept_once_and_without_those_of_descriptions(session, client, make_book, member):
    book_id = make_book("Dune of Dunes", "Frank Herbert", subjects=["Sand"], description="Worms everywhere")
    make_book("Dune again", "Frank Herbert")
    client.patch(f"{BOOKS}/{book_id}", json={"title": "Arrakis"}, headers=member)

    assert session.execute(text("SELECT word FROM books.search_words ORDER BY word")).scalars().all() == [
        "again", "arrakis", "dune", "dunes", "frank", "herbert", "sand",
    ]  # fmt: skip


def test_popularity_is_how_often_a_book_was_rated_and_reviewed(session, make_book):
    book_id = make_book()
    assert session.execute(select(Book.popularity)).scalar_one() == 0

    figures = "ratings_count = 7, reviews_count = 2, reviews_sum = 9"
    session.execute(text(f"UPDATE books.books SET {figures} WHERE id = :id"), {"id": book_id})
    assert session.execute(text("SELECT popularity FROM books.books")).scalar_one() == 9


def stored(session, book_id):
    return session.execute(
        text("SELECT search_vector::text FROM books.books WHERE id = :id"), {"id": book_id}
    ).scalar_one()
