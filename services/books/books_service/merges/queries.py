"""Reading merges as plain rows, and where something has gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from books_service.authors.models import Author
from books_service.books.models import Book
from books_service.merges.errors import MergeNotFound
from books_service.merges.models import AUTHOR, BOOK, Merge, MergedContributor
from servicekit.cursors import CursorPage, CursorRequest, Walk
from servicekit.database import DatabaseSession

TABLES = {AUTHOR: Author.__table__, BOOK: Book.__table__}

_NAMES = {AUTHOR: (TABLES[AUTHOR], Author.name), BOOK: (TABLES[BOOK], Book.title)}
_NEWEST_FIRST = Walk({"id": Merge.__table__.c.id}, [("id", True)])
_FILTERS = ("kind", "source_id", "into_id")


def merge_conditions(arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that loaded query arguments ask for."""
    conditions: list[ColumnElement[bool]] = [
        Merge.__table__.c[name] == arguments[name] for name in _FILTERS if name in arguments
    ]
    if "undone" in arguments:
        conditions.append(Merge.undone_at.is_not(None) if arguments["undone"] else Merge.undone_at.is_(None))
    return conditions


def list_merges(session: DatabaseSession, conditions: list[ColumnElement[bool]], request: CursorRequest) -> CursorPage:
    """Return a page of the merges that meet ``conditions``, the newest first, as rows of ``get_merge``.

    Raises:
        CursorInvalid: the cursor is none of this list.
    """
    return _NEWEST_FIRST.read(session, _rows().where(*conditions), request)


def get_merge(session: DatabaseSession, merge_id: int) -> dict[str, Any]:
    """Return a merge: its columns, ``source_name``, ``into_name`` (None for what is gone) and ``books_count``.

    Books have their titles as names, and None as ``books_count``.

    Raises:
        MergeNotFound: when there is none.
    """
    row = session.execute(_rows().where(Merge.id == merge_id)).mappings().one_or_none()
    if row is None:
        raise MergeNotFound
    return dict(row)


def find_successor(session: DatabaseSession, kind: str, gone_id: int) -> int | None:
    """Return the id of what ``gone_id`` is part of, through all merges; None when it was not merged or that is gone."""
    standing = (Merge.kind == kind, Merge.undone_at.is_(None))
    chain = select(Merge.into_id.label("id")).where(Merge.source_id == gone_id, *standing).cte(recursive=True)
    chain = chain.union_all(select(Merge.into_id).join(chain, Merge.source_id == chain.c.id).where(*standing))
    table = TABLES[kind]
    # What is merged has no row, so that the end of the chain alone can have one.
    return session.execute(select(table.c.id).join(chain, chain.c.id == table.c.id)).scalar_one_or_none()


def _rows() -> Select[Any]:
    books = (
        select(func.count(MergedContributor.book_id.distinct()))
        .where(MergedContributor.merge_id == Merge.id)
        .correlate(Merge)
        .scalar_subquery()
    )
    columns = [column for column in Merge.__table__.columns if column.name not in {"kept", "taken"}]
    into_names = [
        (Merge.kind == kind, select(name).where(table.c.id == Merge.into_id).correlate(Merge).scalar_subquery())
        for kind, (table, name) in _NAMES.items()
    ]
    return select(
        *columns,
        Merge.kept["name"].as_string().label("source_name"),
        case(*into_names).label("into_name"),
        case((Merge.kind == AUTHOR, books)).label("books_count"),
    )
