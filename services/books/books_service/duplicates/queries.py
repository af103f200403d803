"""Looking for records that may be one, in bounded work for each: by keys of indexes, and not by comparing all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Table,
    any_,
    cast,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.types import BigInteger, Text

from books_service.authors.models import AuthorName
from books_service.books.models import Book, BookAuthor
from books_service.merges.models import Merge
from servicekit.cursors import CursorPage, CursorRequest, Walk
from servicekit.database import DatabaseSession
from servicekit.envelope import ApiError

# Of which a page of a walk names the duplicates.
RECORDS_A_PAGE = 200
NEIGHBOURS = 10
NAMES_OF_ONE = 20
SAME_NAMES = 20
SHARERS = 1_000
BOOKS_OF_ONE = 500

Pair = tuple[int, int]

_NAMES = AuthorName.__table__
_BOOKS = Book.__table__
_KEYS = ("family_key", "given_key")


def read_records(
    session: DatabaseSession, table: Table, not_found: type[ApiError], record_id: int | None, cursor: str | None
) -> CursorPage:
    """Return the records, rows of id and identifiers, whose duplicates are asked for: one, or a page of all.

    Raises:
        ApiError: ``not_found`` when there is no record ``record_id``.
        CursorInvalid: the cursor is none of a walk through this table.
    """
    query, request = select(table.c.id, table.c.identifiers), CursorRequest(cursor, RECORDS_A_PAGE)
    if record_id is None:
        return Walk({"id": table.c.id}, [("id", False)]).read(session, query, request)
    rows = session.execute(query.where(table.c.id == record_id)).mappings().all()
    if not rows:
        raise not_found
    return CursorPage(rows, request, None)


def list_similar_names(session: DatabaseSession, author_ids: Collection[int]) -> list[dict[str, Any]]:
    """Return pairs of names that may be alike, one of an author of ``author_ids`` and one of somebody else.

    A row has ``author_id``, ``name_key`` and ``words`` of the one, and the same with ``other_`` before it. Of an author
    at most 20 names are looked at. Each is compared with those of the same letters, in either order of family name and
    given names, and with 10 on each side of those that have its family name and initial, or its given names and the
    initial of its family name.
    """
    asked = (
        select(
            _NAMES.c.author_id,
            _NAMES.c.position,
            _NAMES.c.name_key,
            _NAMES.c.bare_name,
            _NAMES.c.family_key,
            _NAMES.c.given_key,
            _words(_NAMES.c.name_key).label("words"),
        )
        .where(_NAMES.c.author_id.in_(author_ids), _NAMES.c.position < NAMES_OF_ONE, _NAMES.c.bare_name != "")
        .cte("asked")
        # Read first, so that no plan joins all names with all names.
        .prefix_with("MATERIALIZED")
    )
    found = union_all(*_names_beside(asked)).lateral("found")
    rows = session.execute(
        select(asked.c.author_id, asked.c.name_key, asked.c.words, *found.c)
        .select_from(asked)
        .join(found, literal(True))
    )
    return [dict(row) for row in dict.fromkeys(rows.mappings())]


def list_same_titles(session: DatabaseSession, book_ids: Collection[int]) -> list[Pair]:
    """Return pairs of a book of ``book_ids`` and one whose main title has the same letters.

    Of many such books, 10 on each side in the order of their authors.
    """
    main_title = func.books.main_title(_BOOKS.c.title_key, type_=Text)
    author_order = func.left(func.coalesce(_BOOKS.c.author_key, ""), 100, type_=Text)
    asked = (
        select(_BOOKS.c.id, main_title.label("main_title"), author_order.label("author_order"))
        .where(_BOOKS.c.id.in_(book_ids))
        .cte("asked")
        .prefix_with("MATERIALIZED")
    )
    same = main_title == asked.c.main_title
    order, place = [author_order, _BOOKS.c.id], [asked.c.author_order, asked.c.id]
    found = union_all(*_around(select(_BOOKS.c.id).where(same), order, place, asked)).lateral("found")
    rows = session.execute(
        select(asked.c.id, found.c.id)
        .select_from(asked)
        .join(found, literal(True))
        # What consists of signs alone has no letters to be the same.
        .where(asked.c.main_title != "")
    )
    return [(one, other) for one, other in rows]


def list_sharing_identifiers(session: DatabaseSession, table: Table, records: Iterable[Any]) -> list[Pair]:
    """Return pairs of one of ``records``, rows of id and identifiers, and a record that shares an identifier with it.

    Only the first 1,000 that share one with any of them are looked at.
    """
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for record in records:
        for identifier in record["identifiers"]:
            holders[identifier].append(record["id"])
    if not holders:
        return []
    sharing = (
        select(table.c.id, table.c.identifiers)
        .where(table.c.identifiers.overlap(cast(list(holders), ARRAY(Text))))
        .cte("sharing")
        # All are found by the index of identifiers; with a limit, the order of ids might be walked instead.
        .prefix_with("MATERIALIZED")
    )
    rows = session.execute(select(sharing).order_by(sharing.c.id).limit(SHARERS))
    return list(
        {
            (one, other): None
            for other, identifiers in rows
            for identifier in identifiers
            for one in holders.get(identifier, ())
            if one != other
        }
    )


def undone_pairs(session: DatabaseSession, kind: str, pairs: Collection[Pair]) -> set[Pair]:
    """Return those of ``pairs``, in either order, that were merged and made two again."""
    if not pairs:
        return set()
    ids = {record_id for pair in pairs for record_id in pair}
    rows = session.execute(
        select(Merge.source_id, Merge.into_id).where(
            Merge.kind == kind, Merge.undone_at.is_not(None), Merge.source_id.in_(ids), Merge.into_id.in_(ids)
        )
    )
    undone = {(source, into) for source, into in rows}
    return {pair for pair in pairs if pair in undone or pair[::-1] in undone}


def pairs_named_together(session: DatabaseSession, pairs: Sequence[Pair]) -> set[Pair]:
    """Return those ``pairs`` of authors whom one book names; of the first of a pair, 500 books are looked at."""
    if not pairs:
        return set()
    ids = [cast(list(column), ARRAY(BigInteger)) for column in zip(*pairs, strict=True)]
    pair = func.unnest(*ids).table_valued("one", "other", name="pair").render_derived()
    named = BookAuthor.__table__
    books = select(named.c.book_id).where(named.c.author_id == pair.c.one).limit(BOOKS_OF_ONE).correlate(pair)
    there = named.alias("there")
    book = books.lateral("book")
    together = (
        select(literal(1))
        .select_from(book)
        .join(there, (there.c.book_id == book.c.book_id) & (there.c.author_id == pair.c.other))
        .correlate(pair)
        .exists()
    )
    return {(one, other) for one, other in session.execute(select(pair.c.one, pair.c.other).where(together))}


def _names_beside(asked: CTE) -> list[Select[Any]]:
    """Return statements for the names that each of the names ``asked`` is compared with."""
    others = select(
        _NAMES.c.author_id.label("other_author_id"),
        _NAMES.c.name_key.label("other_name_key"),
        _words(_NAMES.c.name_key).label("other_words"),
    ).where(_NAMES.c.author_id != asked.c.author_id)
    same_letters = others.where(_NAMES.c.bare_name == any_(_spellings(asked.c.words, asked.c.bare_name)))
    order, place = ([table.c[name] for name in ("bare_name", "author_id", "position")] for table in (_NAMES, asked))
    near = [_around(others.where(_NAMES.c[key] == asked.c[key]), order, place, asked) for key in _KEYS]
    return [same_letters.limit(SAME_NAMES).correlate(asked), *chain.from_iterable(near)]


def _around(
    query: Select[Any], order: Sequence[ColumnElement[Any]], place: Sequence[ColumnElement[Any]], asked: CTE
) -> list[Select[Any]]:
    """Return ``query`` twice: for what follows the ``place`` of one of ``asked`` in an order, and what precedes it."""
    after = query.where(tuple_(*order) > tuple_(*place)).order_by(*order)
    before = query.where(tuple_(*order) < tuple_(*place)).order_by(*(column.desc() for column in order))
    return [part.limit(NEIGHBOURS).correlate(asked) for part in (after, before)]


def _spellings(words: ColumnElement[str], bare_name: ColumnElement[str]) -> ColumnElement[Any]:
    """Return the letters of a name as it is, with the last word put first, and with the first word put last."""
    last, first = func.substring(words, "[^ ]+$"), func.substring(words, "^[^ ]+")
    rest = [func.replace(func.regexp_replace(words, pattern, ""), " ", "") for pattern in (" [^ ]+$", "^[^ ]+ ")]
    return array([bare_name, last.concat(rest[0]), rest[1].concat(first)], type_=Text)


def _words(name_key: ColumnElement[str]) -> ColumnElement[str]:
    return func.books.name_words(name_key, type_=Text)
