"""Every way of reading a list gives the rows in one order: by cursor, from either end, and group after group."""

from __future__ import annotations

from itertools import product

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from servicekit import key_groups, lists
from servicekit.cursors import Walk
from servicekit.lists import ListRequest, PageTooDeep, read_list
from servicekit.totals import ESTIMATE, EXACT, NOT_ASKED, Total

ROWS = 31
ORDERS = [
    *[[(name, down)] for name in ("id", "shape", "size", "weight") for down in (True, False)],
    *[[("size", down), ("shape", other)] for down, other in product((True, False), repeat=2)],
    *[[("shape", down), ("weight", other)] for down, other in product((True, False), repeat=2)],
    [("weight", True), ("id", False)],
    [("shape", True), ("id", False)],
    [("weight", True), ("size", True), ("shape", False)],
    [("shape", False), ("size", True), ("weight", False), ("id", True)],
]


@pytest.fixture(name="model")
def _model(database):
    class Piece(database.Model):
        __tablename__ = "pieces"

        id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=False), primary_key=True)
        shape: Mapped[str | None] = mapped_column(sa.Text)
        size: Mapped[int | None]
        weight: Mapped[float] = mapped_column(sa.Float)

    return Piece


@pytest.fixture(name="app")
def _app(make_app, database, model):
    app = make_app()
    with app.app_context():
        database.create_all()
        for number in range(ROWS):
            database.session.add(
                model(
                    shape=["round", "Round", None][number % 3], size=[1, None, 7, 7][number % 4], weight=number % 7 / 2
                )
            )
        database.session.commit()
        yield app
        database.session.remove()
        database.drop_all()


@pytest.fixture(name="read")
def _read(app, database, model):
    """Return a function that reads a page: the ids, and the cursor of the next one."""
    table = model.__table__
    sorts = {"id": table.c.id, "shape": table.c.shape, "size": table.c.size, "weight": table.c.weight}

    def read(keys, request, total=NOT_ASKED, conditions=()):
        return read_list(
            database.session,
            Walk(sorts, keys),
            sa.select(table.c.id).where(*conditions),
            lambda page: sa.select(page.c.id),
            request,
            total,
        )

    return read


def ids(page):
    return [row["id"] for row in page.items]


@pytest.fixture(name="large")
def _large(monkeypatch, request):
    """Makes a list of ``ROWS`` one of many, and groups with so many rows ones that are not sorted."""
    monkeypatch.setattr(lists, "FEW", 0)
    monkeypatch.setattr(key_groups, "WALKED", 1)
    monkeypatch.setattr(key_groups, "SORTED", request.param)


@pytest.mark.parametrize("large", [0, 100], indirect=True)
@pytest.mark.parametrize("keys", ORDERS, ids=str)
@pytest.mark.parametrize("per_page", [1, 4, 31])
def test_cursors_and_numbered_pages_from_either_end_agree(read, large, keys, per_page):
    everything = ids(read(keys, ListRequest(100)))
    assert len(set(everything)) == ROWS

    walked, cursor = ids(read(keys, ListRequest(per_page))), read(keys, ListRequest(per_page)).next_cursor
    while cursor is not None:
        page = read(keys, ListRequest(per_page, None, cursor))
        walked, cursor = walked + ids(page), page.next_cursor
    assert walked == everything

    for number in range(1, -(-ROWS // per_page) + 2):
        expected = everything[(number - 1) * per_page : number * per_page]
        for total in (Total(ROWS, EXACT), NOT_ASKED, Total(ROWS, ESTIMATE)):
            page = read(keys, ListRequest(per_page, number), total)
            assert ids(page) == expected, (number, total)
            assert (page.next_cursor is not None) is (number * per_page < ROWS)


@pytest.mark.parametrize("keys", ORDERS, ids=str)
def test_rows_that_are_few_are_sorted_and_walked_by_cursor_alike(read, model, keys):
    conditions = [model.weight < 2.5]
    everything = ids(read(keys, ListRequest(100), conditions=conditions))

    walked, cursor = [], None
    for _ in range(20):
        page = read(keys, ListRequest(3, None, cursor, "none"), conditions=conditions)
        walked, cursor = walked + ids(page), page.next_cursor
        if cursor is None:
            break
    assert walked == everything


def test_rows_that_are_few_are_found_by_what_they_meet_and_not_by_walking_the_order(
    app, database, read, model, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        Walk, "page_of_few", lambda self, *args, of=Walk.page_of_few: asked.append(1) or of(self, *args)
    )

    for request in (ListRequest(3, total="none"), ListRequest(3, total="estimate")):
        read([("id", False)], request, conditions=[model.weight < 2.5])
    assert len(asked) == 2
    monkeypatch.setattr(lists, "FEW", 3)
    read([("id", False)], ListRequest(3, total="none"), conditions=[model.weight < 2.5])
    read([("id", False)], ListRequest(3, total="none"))
    assert len(asked) == 2


def test_estimate_agrees_with_the_page_that_it_is_told_with(read):
    keys = [("id", False)]

    assert read(keys, ListRequest(40), Total(900, ESTIMATE)).total == Total(ROWS, EXACT)
    assert read(keys, ListRequest(30, 2), Total(900, ESTIMATE)).total == Total(ROWS, EXACT)
    assert read(keys, ListRequest(30, 3), Total(900, ESTIMATE)).total == Total(900, ESTIMATE)
    assert read(keys, ListRequest(10, 2), Total(5, ESTIMATE)).total == Total(21, ESTIMATE)


def test_page_that_cannot_be_reached_in_time_is_told_from_a_busy_database(database, read, monkeypatch):
    database.session.execute(sa.text("SET statement_timeout = '50ms'"))
    slow = [sa.text("pg_sleep(0.2) IS NOT NULL")]
    with pytest.raises(sa.exc.OperationalError):
        read([("id", False)], ListRequest(1, 2), Total(20_000, EXACT), slow)
    database.session.rollback()
    database.session.execute(sa.text("SET statement_timeout = '50ms'"))
    monkeypatch.setattr(lists, "DEEP", 1)
    with pytest.raises(PageTooDeep) as raised:
        read([("id", False)], ListRequest(1, 2), Total(20_000, EXACT), slow)
    database.session.rollback()

    assert (raised.value.status, raised.value.code) == (422, "page_too_deep")
