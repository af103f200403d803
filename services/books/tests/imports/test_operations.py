"""Storing rows: new, known, changed, claimed by people and refused by the database."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from books_service.authors import operations as author_operations
from books_service.books import operations as book_operations
from books_service.books import queries as book_queries
from books_service.books.models import Book
from books_service.extensions import db
from books_service.imports.operations import store_rows
from books_service.imports.rows import ImportRow
from servicekit.entity_tags import IfMatch
from servicekit.testing.statements import statements_run

ISBN = "9780439023481"


@pytest.fixture(name="store")
def _store(session):
    """Stores rows from the source "s" and returns outcomes."""

    def store(*rows, source="s", overwrite=False):
        return [stored.outcome for stored in store_rows(session, source, rows, overwrite=overwrite)]

    return store


def books(session):
    """Return all books by title."""
    ids = session.execute(select(Book.id).order_by(Book.id)).scalars().all()
    found = [book_queries.get_book(session, book_id) for book_id in ids]
    return {book["title"]: book for book in found}


def edit(session, book, **values):
    book_operations.update_book(session, 9, {"books:curate"}, book["id"], values, "reject", if_match=IfMatch())


def test_new_rows_become_books_of_nobody(session, store, row_of):
    rows = [
        row_of(
            key="1", title="One", authors="Ann; Ben", isbn=ISBN, subjects="war", average_rating="4.5", ratings_count="3"
        ),
        row_of(key="2", title="Two", authors="", isbn="", subjects="", average_rating="", ratings_count=""),
    ]

    assert store(*rows) == ["created", "created"]

    one, two = books(session).values()
    assert (one["isbn_13"], one["subjects"], one["average_rating"], one["ratings_count"]) == (ISBN, ["war"], 4.5, 3)
    assert [author["name"] for author in one["contributors"]] == ["Ann", "Ben"]
    assert (one["author"], one["created_by"], one["version"]) == ("Ann, Ben", None, 1)
    assert (two["author"], two["isbn_13"], two["subjects"]) == (None, None, [])


def test_rows_take_the_names_that_authors_have_already(session, store, row_of, make_book):
    make_book("Old", "Ann")

    store(row_of(title="New", authors="ANN"))

    assert books(session)["New"]["author"] == "Ann"


def test_same_rows_again_change_nothing(session, store, row_of):
    row = row_of(key="1", title="One", authors="Ann", isbn=ISBN)
    store(row)
    before = books(session)

    assert store(row) == ["unchanged"]
    assert books(session) == before


def test_changed_row_changes_its_book_only_in_what_the_file_has(session, store, row_of):
    store(row_of(key="1", title="One", authors="Ann; Ben", year="1", subtitle="S", language="en"))
    store(row_of(key="2", title="Other", authors="Ann"))

    changed = row_of(key="1", title="One again", authors="Ben; Cid", year="2")
    changed = ImportRow(2, 2, "key:1", changed.values, changed.authors, changed.digest, [])
    assert store(changed) == ["updated"]

    book = books(session)["One again"]
    assert (book["year"], book["author"], book["subtitle"], book["language"]) == (2, "Ben, Cid", "S", "en")
    assert [author["name"] for author in book["contributors"]] == ["Ben", "Cid"]
    assert book["version"] == 2
    assert books(session)["Other"]["version"] == 1
    assert store(changed) == ["unchanged"]


def test_changed_row_without_authors_keeps_those_of_its_book(session, store, row_of):
    store(row_of(key="1", title="One", authors="Ann"))
    changed = row_of(title="Two")

    assert store(ImportRow(2, 2, "key:1", changed.values, None, changed.digest, [])) == ["updated"]
    assert books(session)["Two"]["author"] == "Ann"
    assert [author["name"] for author in books(session)["Two"]["contributors"]] == ["Ann"]


def changed_row(row_of, **cells):
    row = row_of(key="1", **cells)
    return ImportRow(2, 2, "key:1", row.values, row.authors, row.digest, row.findings)


def test_edit_of_a_person_is_never_overwritten_unasked(session, store, row_of, told):
    store(row_of(key="1", title="One", year="1"))
    edit(session, books(session)["One"], title="Better title")

    assert store(changed_row(row_of, title="One", year="1")) == ["unchanged"]
    changed = changed_row(row_of, title="One", year="2")
    (stored,) = store_rows(session, "s", [changed], overwrite=False)

    assert stored.outcome == "kept"
    assert told(stored.findings) == ["book kept: the book was changed since the last import"]
    assert books(session)["Better title"]["year"] == 1
    assert store(changed) == ["kept"]
    assert store(changed, overwrite=True) == ["updated"]
    assert books(session)["One"]["year"] == 2
    assert store(changed) == ["unchanged"]


def test_row_of_another_work_under_a_known_key_changes_no_book(session, store, row_of, told):
    store(row_of(key="1", title="Dune", authors="Frank Herbert", isbn=ISBN))
    other = changed_row(row_of, title="Cooking for beginners", authors="Jo Cook", isbn="")

    assert store(other) == ["kept"]
    assert list(books(session)) == ["Dune"]
    assert store(other, source="other") == ["created"]
    assert store(other, overwrite=True) == ["updated"]


@pytest.mark.parametrize(
    ("title", "authors"),
    [
        ("The Dune", "Frank Herbert"),
        ("Dune", "F. Herbert"),
        ("Dune. A novel", "F. Herbert"),
        ("Dnue", "Al; Frank Herbert"),
    ],
)
def test_corrected_row_changes_its_book(session, store, row_of, title, authors):
    store(row_of(key="1", title="Dune", authors="Frank Herbert"))

    assert store(changed_row(row_of, title=title, authors=authors)) == ["updated"]


def test_renamed_author_counts_as_an_edit(session, store, row_of):
    store(row_of(key="1", title="One", authors="Ann"))
    author_id = books(session)["One"]["contributors"][0]["id"]
    author_operations.update_author(session, 3, author_id, {"name": "Anna"}, if_match=IfMatch())

    assert store(changed_row(row_of, title="One", authors="Ann", year="5")) == ["kept"]
    assert books(session)["One"]["author"] == "Anna"


def test_book_that_somebody_made_is_recognised_by_isbn_and_left_alone(session, store, row_of, make_book, told):
    book_id = make_book("The Hunger Games", "Suzanne Collins", isbn=ISBN)
    row = row_of(key="1", title="The Hunger Games (#1)", isbn=ISBN)

    (stored,) = store_rows(session, "s", [row], overwrite=False)

    assert (stored.outcome, stored.isbn_13) == ("kept", ISBN)
    assert told(stored.findings) == ["book kept: the catalogue has this book, with the same ISBN"]
    assert [(book["id"], book["version"]) for book in books(session).values()] == [(book_id, 1)]
    assert store(row) == ["unchanged"]
    assert store(changed_row(row_of, title="The Hunger Games (#1)", isbn=ISBN, year="1")) == ["kept"]


def test_book_of_another_source_is_recognised_by_isbn(session, store, row_of):
    row = row_of(key="1", title="One", isbn=ISBN)
    store(row, source="a")

    assert store(row, source="b") == ["kept"]
    assert len(books(session)) == 1


def test_isbn_of_a_book_with_another_title_makes_a_book_without_isbn(session, store, row_of, make_book):
    make_book("Something else", isbn=ISBN)

    assert store(row_of(key="1", title="One", isbn=ISBN)) == ["created"]
    assert books(session)["One"]["isbn_13"] is None


def test_second_row_with_an_isbn_is_stored_without(session, store, row_of):
    rows = [row_of(key=str(number), title=f"T{number}", isbn=ISBN) for number in range(3)]

    assert store(*rows[:2]) == ["created", "created"]
    assert store(rows[2]) == ["created"]
    assert [book["isbn_13"] for book in books(session).values()] == [ISBN, None, None]
    assert store(*rows) == ["unchanged"] * 3


def test_deleted_book_comes_back_with_its_row(session, store, row_of):
    row = row_of(key="1", title="One", isbn=ISBN)
    store(row)
    book_operations.delete_book(session, 4, books(session)["One"]["id"], if_match=IfMatch())

    assert store(row) == ["created"]
    assert books(session)["One"]["isbn_13"] == ISBN


def test_row_that_the_database_refuses_takes_no_other_with_it(session, store, row_of, told):
    rows = [row_of(key=str(number), title=f"T{number}", authors="Ann", year="1") for number in range(5)]
    rows[2].values["year"] = 20_000

    stored = list(store_rows(session, "s", rows, overwrite=False))

    assert [one.outcome for one in stored] == ["created", "created", "rejected", "created", "created"]
    assert told(stored[2].findings) == ["row rejected: the database refuses it (ck_books_year_range)"]
    assert list(books(session)) == ["T0", "T1", "T3", "T4"]


def test_lost_connection_ends_the_import(app, truncated, servers, worker_number, row_of):
    with app.app_context():
        pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with closing(servers.connect(f"books_{worker_number}")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        with pytest.raises(DBAPIError):
            next(store_rows(db.session, "s", [row_of(title="T")], overwrite=False))
        assert books(db.session) == {}


def test_batch_costs_the_same_statements_for_any_number_of_rows(app, session, store, row_of):
    def statements(count, prefix):
        rows = [
            row_of(key=f"{prefix}{number}", title=f"T{number}", authors=f"A{prefix}{number}; B", isbn="")
            for number in range(count)
        ]
        with statements_run(db.engine) as run:
            assert set(store(*rows)) == {"created"}
        return run

    assert len(statements(2, "a")) == len(statements(200, "b")) <= 8


def test_row_with_two_names_of_one_author_names_the_author_once(session, store, row_of):
    author_operations.create_author(session, 3, {"name": "Mark Twain", "variants": ["Samuel Clemens"]})
    row = row_of(key="1", title="One", authors="samuel clemens; Ben; Mark Twain")

    assert store(row) == ["created"]

    (book,) = books(session).values()
    assert [author["name"] for author in book["contributors"]] == ["Mark Twain", "Ben"]
    assert store(row) == ["unchanged"]
