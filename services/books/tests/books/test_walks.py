"""Walks through the catalogue by cursors: every book once, whatever others do meanwhile."""

from __future__ import annotations

import random
import threading

import pytest

from books_service.books import operations
from books_service.books.models import Book
from books_service.books.queries import SORTS
from books_service.extensions import db
from servicekit.entity_tags import IfMatch

BOOKS = "/api/v1/books"
ORDERS = [
    *SORTS,
    *[f"-{name}" for name in SORTS],
    "-year,title",
    "author,-year",
    "-average_rating,-ratings_count,title",
]


def pages_of(client, query, **first):
    """Yield the answers of a walk from the first page to the last."""
    cursor = ""
    for _ in range(200):
        answer = client.get(f"{BOOKS}?{query}{cursor}")
        assert answer.status_code == 200, answer.get_json()
        yield answer.get_json()
        following = answer.get_json()["pagination"]["next_cursor"]
        if following is None:
            return
        cursor = f"&cursor={following}"
    raise AssertionError("the walk has no end")


def ids_of(pages):
    return [book["id"] for page in pages for book in page["data"]]


@pytest.fixture(name="shelf")
def _shelf(session, make_book):
    """25 books, of which several share each sort key and some have none."""
    for number in range(25):
        authors = [f"Author {number % 3}"] if number % 4 else []
        make_book(f"Title {number % 5}", *authors, year=[1990, 2000, None][number % 3])
    session.execute(
        db.update(Book).values(
            average_rating=db.case((Book.id % 3 == 0, None), else_=Book.id % 4 + 0.25),
            ratings_count=db.case((Book.id % 5 == 0, None), else_=Book.id % 2),
        )
    )
    session.commit()


@pytest.mark.parametrize("sort", ORDERS)
def test_walk_and_numbered_pages_meet_the_same_books_in_every_order(client, shelf, sort):
    everything = ids_of([client.get(f"{BOOKS}?sort={sort}&per_page=100").get_json()])
    numbered = ids_of(client.get(f"{BOOKS}?sort={sort}&per_page=4&page={page}").get_json() for page in range(1, 8))

    assert len(set(everything)) == 25
    assert ids_of(pages_of(client, f"sort={sort}&per_page=4")) == everything
    assert numbered == everything


def test_walk_may_begin_at_a_numbered_page_and_keeps_its_filters(client, shelf):
    query = "sort=-year&year_from=1990&per_page=3"
    everything = ids_of(pages_of(client, query))
    second = client.get(f"{BOOKS}?{query}&page=2").get_json()
    rest = client.get(f"{BOOKS}?{query}&cursor={second['pagination']['next_cursor']}").get_json()

    assert len(everything) == 17
    assert ids_of([second, rest]) == everything[3:9]
    assert (rest["pagination"]["page"], rest["pagination"]["total_is"]) == (None, "none")


@pytest.mark.parametrize("address", [BOOKS, "/api/v1/authors", "/api/v1/authors/{id}/books"])
def test_cursor_that_was_tampered_with_or_is_of_another_order_is_refused(client, shelf, address):
    address = address.format(id=client.get("/api/v1/authors").get_json()["data"][0]["id"])
    cursor = client.get(f"{address}?sort=-created_at&per_page=2").get_json()["pagination"]["next_cursor"]

    assert client.get(f"{address}?sort=-created_at&cursor={cursor}").status_code == 200
    for query in (
        f"sort=created_at&cursor={cursor}",
        f"sort=-id&cursor={cursor}",
        f"sort=-created_at&cursor=A{cursor}",
    ):
        answer = client.get(f"{address}?{query}")
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "cursor_invalid")
    both = client.get(f"{address}?sort=-created_at&page=1&cursor={cursor}")
    assert both.get_json()["error"]["details"] == {"cursor": ["Cannot be given together with page."]}


def test_made_up_cursor_with_a_number_that_no_row_can_have_is_refused(client, shelf):
    answer = client.get(f"{BOOKS}?sort=year,title&cursor=b_Yie9UlWzEwOTk1MTE2Mjc3NzYsImEiLDFd")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "cursor_invalid")


def test_keys_as_long_as_the_index_holds_make_a_cursor_that_is_taken(client, make_book):
    for number in range(2):
        make_book(f"{number}" + "\U0001f4d6" * 199, *[f"{author}" + "\U0001f4d6" * 99 for author in range(7)])

    assert len(ids_of(pages_of(client, "sort=title,author&per_page=1"))) == 2


@pytest.mark.parametrize("sort", ["title", "-year", "-created_at"])
def test_walk_neither_repeats_nor_loses_a_book_while_others_insert_and_delete(
    app, make_lasting_book, empty_redis, sort
):
    """Books come and go on both sides of the walk, in three threads with real commits, between all of its pages."""
    lasting = [make_lasting_book(f"Lasting {number % 7}", year=[1990, None, 2000][number % 3]) for number in range(60)]
    over, problems = threading.Event(), []

    def disturb(number):
        pick = random.Random(number)
        mine = []
        with app.app_context():
            try:
                while not over.is_set():
                    title = f"{pick.choice('ALZ')} {pick.random()}"
                    values = {"title": title, "year": pick.choice([1980, 1990, None, 2020])}
                    mine.append(operations.create_book(db.session, 1, values, "reject").book_id)
                    if pick.random() < 0.6:
                        gone = mine.pop(pick.randrange(len(mine)))
                        operations.delete_book(db.session, 4, gone, if_match=IfMatch())
            except Exception as error:
                problems.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=disturb, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        met = []
        for _ in range(3):
            met.append(ids_of(pages_of(app.test_client(), f"sort={sort}&per_page=3")))
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=20)

    assert not problems
    for walk in met:
        assert len(walk) == len(set(walk))
        assert set(lasting) <= set(walk)
    counted = app.test_client().get(f"{BOOKS}?per_page=1").get_json()["pagination"]["total_items"]
    assert counted == app.test_client().get(f"{BOOKS}?year_from=-9999&total=exact").get_json()["pagination"][
        "total_items"
    ] + len(missing_years(app))


def missing_years(app):
    with app.app_context():
        return db.session.scalars(db.select(Book.id).where(Book.year.is_(None))).all()
