"""Lists that are read by cursors: every row once, in any order, and no cursor but one's own."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime, timedelta
from itertools import product

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy.orm import Mapped, mapped_column

from servicekit.cursors import CursorInvalid, CursorPage, CursorQuerySchema, CursorRequest, Walk, cursor_request

bare_app = Flask(__name__)

BEGIN = datetime(2026, 11, 20, 12, 0, 0, 123456, UTC)
# Several rows share each value, and some have none.
COLOURS = ["Red", "red", "gr\u00fcn", None]
WEIGHTS = [0.5, -1.0, 7.25]


@pytest.fixture(name="model")
def _model(database):
    """Return a model of the database of this test."""

    class Thing(database.Model):
        __tablename__ = "coloured_things"

        id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=False), primary_key=True)
        colour: Mapped[str | None] = mapped_column(sa.Text)
        weight: Mapped[float] = mapped_column(sa.Float)
        made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
        sold_on: Mapped[date | None] = mapped_column(sa.Date)

    return Thing


@pytest.fixture(name="app")
def _app(make_app, database, model):
    app = make_app()
    with app.app_context():
        database.create_all()
        for number in range(24):
            database.session.add(
                model(
                    colour=COLOURS[number % len(COLOURS)],
                    weight=WEIGHTS[number % len(WEIGHTS)],
                    made_at=BEGIN + timedelta(microseconds=number // 5),
                    sold_on=date(2026, 2, 1 + number % 3) if number % 4 else None,
                )
            )
        database.session.commit()
        yield app
        database.session.remove()
        database.drop_all()


@pytest.fixture(name="walk")
def _walk(app, model):
    """Return a function that makes the walk in an order."""
    sorts = {
        "id": model.id,
        "colour": model.colour,
        "folded_colour": sa.func.lower(model.colour, type_=sa.Text),
        "weight": model.weight,
        "made_at": model.made_at,
        "sold_on": model.sold_on,
    }
    return lambda *keys: Walk(sorts, keys)


@pytest.fixture(name="read")
def _read(database, model):
    """Return a function that reads one page of a walk."""

    def read(walk, cursor=None, per_page=5):
        return walk.read(database.session, sa.select(model.id, model.colour), CursorRequest(cursor, per_page))

    return read


def walked(read, walk, per_page=5):
    """Return the ids of all rows, page by page."""
    pages = [read(walk, per_page=per_page)]
    while pages[-1].next_cursor is not None:
        pages.append(read(walk, pages[-1].next_cursor, per_page))
        assert len(pages) < 100
    assert all(len(page.items) == per_page for page in pages[:-1])
    return [row["id"] for page in pages for row in page.items]


ORDERS = [
    *[
        [(name, down)]
        for name in ("id", "colour", "folded_colour", "weight", "made_at", "sold_on")
        for down in (True, False)
    ],
    *[[("made_at", down), ("id", other)] for down, other in product((True, False), repeat=2)],
    *[[("colour", down), ("weight", other)] for down, other in product((True, False), repeat=2)],
    [("made_at", True), ("colour", False), ("weight", True), ("id", False)],
]


@pytest.mark.parametrize("keys", ORDERS, ids=str)
@pytest.mark.parametrize("per_page", [1, 5, 12, 24])
def test_walk_meets_every_row_once_in_the_order_of_one_large_page(read, walk, keys, per_page):
    everything = [row["id"] for row in read(walk(*keys), per_page=100).items]

    assert len(set(everything)) == 24
    assert walked(read, walk(*keys), per_page) == everything


@pytest.mark.parametrize("keys", ORDERS, ids=str)
def test_numbered_pages_pass_over_what_is_before_them(database, model, walk, keys):
    one = walk(*keys)

    def page(limit, offset):
        part = one.page(sa.select(model.id), limit, offset=offset)
        return one.taken(database.session.execute(sa.select(part).order_by(*one.order(part))).mappings(), limit - 1)

    everything = [row["id"] for row in page(100, 0)[0]]
    for offset in range(0, 30, 3):
        rows, cursor = page(6, offset)
        assert [row["id"] for row in rows] == everything[offset : offset + 5]
        assert (cursor is not None) is (offset + 5 < 24)


@pytest.mark.parametrize("down", [True, False])
@pytest.mark.parametrize("name", ["made_at", "colour"])
def test_walk_reaches_a_place_by_an_index_in_either_direction(database, model, walk, name, down):
    """Not by passing over all rows before it, which takes longer the further one has come."""
    database.session.execute(sa.text(f"CREATE INDEX place ON books.coloured_things ({name}, id)"))
    database.session.execute(sa.text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
    one = walk((name, down))
    place = [BEGIN if name == "made_at" else "red", 10]
    page = one.page(sa.select(model.id), 5, cursor=forged(one, place))
    statement = sa.select(page).compile(database.engine, compile_kwargs={"literal_binds": True})
    plan = "\n".join(row[0] for row in database.session.execute(sa.text(f"EXPLAIN {statement}")))

    assert "Index Cond: (ROW(" in plan, plan
    assert "Sort" not in plan, plan


def test_rows_show_what_the_query_names_and_not_what_they_are_sorted_by(read, walk):
    assert all(set(row) == {"id", "colour"} for row in read(walk(("folded_colour", False), ("weight", True))).items)


def test_page_says_whether_there_is_more(read, walk):
    newest_first = walk(("made_at", True))

    assert read(newest_first, per_page=24).pagination() == {"per_page": 24, "next_cursor": None, "has_next": False}
    page = read(newest_first, per_page=23)
    assert page.pagination() == {"per_page": 23, "next_cursor": page.next_cursor, "has_next": True}
    assert page.next_cursor


def test_rows_added_and_removed_meanwhile_neither_repeat_nor_hide_others(database, model, read, walk):
    newest_first = walk(("made_at", True))
    before = walked(read, newest_first)
    met, cursor = [], None
    for number in range(10):
        page = read(newest_first, cursor, per_page=3)
        met += [row["id"] for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        database.session.add(model(colour="new", weight=1, made_at=BEGIN + timedelta(days=number + 1)))
        # One that the walk has passed: a numbered page would now skip a row.
        database.session.execute(sa.delete(model).where(model.id == met[-2]))
        database.session.commit()

    assert met == before


def forged(walk, place):
    """Return a cursor with the right checksum, which anybody can compute, around what is not a place."""
    payload = place if isinstance(place, bytes) else orjson.dumps(place)
    checksum = hashlib.blake2b(walk._signature + payload, digest_size=6).digest()
    return base64.urlsafe_b64encode(checksum + payload).rstrip(b"=").decode()


@pytest.mark.parametrize("cursor", ["", " ", "x", "1", "null", "%", "a b", "=", "A" * 7000, "\u00e9", "\x00", "../.."])
def test_cursor_that_is_none_is_refused(read, walk, cursor):
    with pytest.raises(CursorInvalid):
        read(walk(("made_at", True)), cursor)


def test_cursor_with_any_one_character_changed_or_lost_is_refused(read, walk):
    newest_first = walk(("made_at", True))
    cursor = read(newest_first).next_cursor
    for position in range(len(cursor)):
        for other in ("A", "B", "_", ""):
            changed = cursor[:position] + other + cursor[position + 1 :]
            if changed != cursor:
                with pytest.raises(CursorInvalid):
                    read(newest_first, changed)
    with pytest.raises(CursorInvalid):
        read(newest_first, cursor + "=")


@pytest.mark.parametrize("keys", [[("made_at", False)], [("id", True)], [("made_at", True), ("id", False)]])
def test_cursor_of_another_order_is_refused(read, walk, keys):
    cursor = read(walk(("made_at", True))).next_cursor

    with pytest.raises(CursorInvalid):
        read(walk(*keys), cursor)


@pytest.mark.parametrize(
    "place",
    [
        [],
        {},
        1,
        None,
        b"",
        b"[",
        b"\xff",
        ["Red", 1.5],
        ["Red", 1.5, 3, 4],
        [1, 1.5, 3],
        ["nul \x00", 1.5, 3],
        ["Red", "1.5", 3],
        ["Red", None, 3],
        ["Red", True, 3],
        ["Red", 1.5, None],
        ["Red", 1.5, True],
        ["Red", 1.5, "3"],
        ["Red", 1.5, 2**63],
        ["Red", 1.5, 3.5],
        b'["Red", 1.5, 99999999999999999999999]',
        b'["Red", 1e999, 3]',
    ],
    ids=str,
)
def test_forged_cursor_that_is_no_place_is_refused(read, walk, place):
    by_colour = walk(("colour", False), ("weight", False))

    with pytest.raises(CursorInvalid):
        read(by_colour, forged(by_colour, place))


@pytest.mark.parametrize(
    "moment", ["", "yesterday", "2026-11-20T12:00:00", 5, None, "0000-01-01T00:00:00Z", "2026-11-20T12:00:00+20:00"]
)
def test_forged_cursor_with_a_time_that_is_none_is_refused(read, walk, moment):
    newest_first = walk(("made_at", True))

    with pytest.raises(CursorInvalid):
        read(newest_first, forged(newest_first, [moment, 1]))


@pytest.mark.parametrize("day", ["", "today", "2026-02-30", "0000-01-01", "2026-02-01T00:00:00Z", 5, True])
def test_forged_cursor_with_a_day_that_is_none_is_refused(read, walk, day):
    by_day = walk(("sold_on", True))

    with pytest.raises(CursorInvalid):
        read(by_day, forged(by_day, [day, 1]))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"])
def test_forged_cursor_that_is_a_place_reads_from_there_and_nothing_else(read, walk, moment):
    newest_first = walk(("made_at", True))

    page = read(newest_first, forged(newest_first, [moment, -(2**63)]))

    assert len(page.items) == (0 if moment.startswith("0") else 5)


def test_cursor_invalid_names_its_parameter():
    error = CursorInvalid()

    assert (error.code, error.status, list(error.details or {})) == ("cursor_invalid", 422, ["cursor"])


def test_link_leads_to_the_next_page_and_keeps_the_query():
    page = CursorPage([], CursorRequest("old", 20), "new")
    with bare_app.test_request_context("/api/v1/things?colour=gr%C3%BCn&cursor=old&per_page=20"):
        headers = page.headers()

    assert headers == {"Link": '</api/v1/things?colour=gr%C3%BCn&per_page=20&cursor=new>; rel="next"'}


def test_last_page_has_no_link():
    assert CursorPage([], CursorRequest(None, 20), None).headers() == {}


def test_link_that_would_outgrow_a_header_is_left_out():
    with bare_app.test_request_context("/api/v1/things", query_string={"search": "\U0001f4d6" * 400}):
        assert CursorPage([], CursorRequest(None, 20), "new").headers() == {}


def test_mapped_page_is_the_same_page_of_other_items():
    page = CursorPage([1, 2], CursorRequest(None, 20), "new")

    assert page.mapped(str) == CursorPage(["1", "2"], CursorRequest(None, 20), "new")


def test_page_asked_for_is_given_with_a_clamped_size():
    assert cursor_request(CursorQuerySchema().load({})) == CursorRequest(None, 20)
    assert cursor_request(CursorQuerySchema().load({"cursor": "x", "per_page": "1000"})) == CursorRequest("x", 100)
    with pytest.raises(ValidationError):
        CursorQuerySchema().load({"per_page": "0"})
