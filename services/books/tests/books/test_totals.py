"""How many books there are: exactly without counting, and estimated where counting would take long."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from books_service.authors.models import Author
from books_service.books.models import Book
from books_service.extensions import db
from books_service.row_counts.models import RowCount
from servicekit import totals
from servicekit.testing.statements import statements_run

BOOKS = "/api/v1/books"


def pagination(client, query=""):
    return client.get(f"{BOOKS}?{query}").get_json()["pagination"]


def told(client, query=""):
    page = pagination(client, query)
    return page["total_items"], page["total_is"]


def test_books_and_authors_are_counted_as_they_come_and_go(client, admin, make_book):
    ids = [make_book(f"T{number}", f"Author {number % 2}") for number in range(5)]
    assert told(client) == (5, "exact")
    assert client.delete(f"{BOOKS}/{ids[0]}", headers=admin).status_code == 204
    assert told(client) == (4, "exact")
    assert client.get("/api/v1/authors").get_json()["pagination"]["total_items"] == 2


def test_stored_count_is_that_of_the_table_after_any_statement(session):
    rows = [{"title": f"T{number}", "title_key": "t"} for number in range(50)]

    def both():
        stored = select(func.sum(RowCount.rows)).where(RowCount.counted == "books")
        return session.scalar(stored) or 0, session.scalar(select(func.count()).select_from(Book))

    assert both() == (0, 0)
    session.execute(insert(Book.__table__), rows)
    assert both() == (50, 50)
    with session.begin_nested() as undone:
        session.execute(delete(Book).where(Book.title < "T3"))
        assert both()[0] == both()[1] < 50
        undone.rollback()
    assert both() == (50, 50)
    session.execute(update(Book).values(year=1))
    session.execute(delete(Book).where(Book.title == "T7"))
    session.execute(delete(Book).where(Book.title == "nobody's"))
    assert both() == (49, 49)
    # One writer at a time needs one share.
    assert session.scalar(select(func.count()).select_from(RowCount).where(RowCount.counted == "books")) == 1


def test_writers_at_once_do_not_wait_for_each_others_count(app, make_lasting_book):
    make_lasting_book("First")
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        for connection in (one, other):
            connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
            connection.execute(
                insert(Author.__table__).values(name="A", name_normalized=str(id(connection)), name_key="a")
            )
        one.commit()
        other.rollback()
        assert db.session.scalar(select(func.sum(RowCount.rows)).where(RowCount.counted == "authors")) == 1


@pytest.mark.parametrize("query", ["", "year_from=1990", "search=t"])
def test_total_may_be_asked_for_in_every_way(client, make_book, query):
    for number in range(3):
        make_book(f"T {number}", year=2000)

    assert told(client, f"{query}&total=exact") == (3, "exact")
    assert told(client, f"{query}&total=none") == (None, "none")
    rows, kind = told(client, f"{query}&total=estimate&per_page=2")
    assert isinstance(rows, int)
    # Where the database keeps the count, or a search has found all there is, there is nothing to estimate.
    assert kind == ("estimate" if query.startswith("year") else "exact")


def test_filtered_list_is_counted_up_to_a_bound_and_estimated_above(client, make_book, monkeypatch):
    monkeypatch.setattr(totals, "COUNTED_EXACTLY", 4)
    for number in range(4):
        make_book(f"T{number}", year=2000)
    assert told(client, "year=2000") == (4, "exact")
    make_book("T", year=2000)

    page = client.get(f"{BOOKS}?year=2000&per_page=2&page=2")
    assert page.get_json()["pagination"]["total_is"] == "estimate"
    assert page.get_json()["pagination"]["total_items"] >= 5
    assert page.get_json()["pagination"]["has_next"] is True
    assert "X-Total-Count" not in page.headers
    assert 'rel="last"' not in page.headers["Link"]
    assert told(client, "year=2000&total=exact") == (5, "exact")
    assert told(client, "year=2000&per_page=2&page=3") == (5, "exact")


def test_filter_by_names_is_not_counted_where_the_planner_expects_many(app, client, make_book, monkeypatch):
    make_book("T", "Ann")
    make_book("U", "Ann")
    assert told(client, "author=ann&per_page=1") == (2, "exact")
    monkeypatch.setattr(totals, "COUNTED_EXACTLY", 0)
    with app.app_context():
        engine = db.engine
    with statements_run(engine) as statements:
        rows, kind = told(client, "author=ann&per_page=1")

    assert (kind, rows >= 2, len(statements)) == ("estimate", True, 2)


def test_page_that_is_known_to_be_past_the_end_is_not_looked_for(app, client, make_book):
    make_book("T")
    with app.app_context():
        engine = db.engine
    with statements_run(engine) as statements:
        assert client.get(f"{BOOKS}?page=10000000").get_json()["data"] == []

    assert len(statements) == 1
