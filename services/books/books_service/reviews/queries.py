"""Reading reviews: plain rows, each with who wrote it and which book it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, FromClause, Select, bindparam, cast, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from books_service.accounts.models import Account
from books_service.books.models import Book
from books_service.reviews.errors import ReviewNotFound
from books_service.reviews.models import Review
from servicekit.cursors import Walk
from servicekit.database import DatabaseSession
from servicekit.lists import ListPage, ListRequest, read_list
from servicekit.ordering import order_by
from servicekit.totals import total_of

SORTS: dict[str, Column[Any]] = {
    "id": Review.__table__.c.id,
    "rating": Review.__table__.c.rating,
    "created_at": Review.__table__.c.created_at,
    "updated_at": Review.__table__.c.updated_at,
}
NEWEST_FIRST = "-created_at"

_COLUMNS = [
    *Review.__table__.columns,
    Book.title.label("book_title"),
    Book.author.label("book_author"),
    Account.display_name.label("reviewer_name"),
]
_ROWS = select(*_COLUMNS).join(Book, Book.id == Review.book_id).outerjoin(Account, Account.user_id == Review.user_id)
_BY_ID = _ROWS.where(Review.id == bindparam("review_id"))


def list_reviews(
    session: DatabaseSession,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[tuple[str, bool]],
    request: ListRequest,
) -> ListPage:
    """Return a page of the reviews that meet ``conditions``, as rows of ``get_review``.

    Raises:
        CursorInvalid: the cursor of ``request`` is none of a list in this order.
    """
    total = total_of(session, Review.__table__, conditions, request.total)
    found = select(Review.id).where(*conditions)
    return read_list(session, Walk(SORTS, order), found, _rows_of, request, total)


def get_review(session: DatabaseSession, review_id: int) -> dict[str, Any]:
    """Return the columns of a review with ``book_title``, ``book_author`` and ``reviewer_name``.

    Raises:
        ReviewNotFound: when there is none.
    """
    row = session.execute(_BY_ID, {"review_id": review_id}).mappings().one_or_none()
    if row is None:
        raise ReviewNotFound
    return dict(row)


def newest_reviews(
    session: DatabaseSession, book_ids: Collection[int], of_each: int
) -> dict[int, list[dict[str, Any]]]:
    """Return up to ``of_each`` reviews of each book, newest first, by the book's id, as rows of ``get_review``.

    Books without reviews are left out.
    """
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    if book_ids:
        of_books = (
            func.unnest(cast(list(book_ids), ARRAY(BigInteger))).table_valued("id", name="of_books").render_derived()
        )
        in_order = order_by(SORTS, [("created_at", True)])
        newest = (
            select(Review.id)
            .where(Review.book_id == of_books.c.id)
            .order_by(*in_order)
            .limit(of_each)
            .lateral("newest")
        )
        chosen = select(newest.c.id).select_from(of_books.join(newest, true())).subquery("chosen")
        for row in session.execute(_ROWS.join(chosen, chosen.c.id == Review.id).order_by(*in_order)).mappings():
            found[row["book_id"]].append(dict(row))
    return dict(found)


def get_reviewer(session: DatabaseSession, review_id: int) -> int:
    """Return the id of the user who wrote a review.

    Raises:
        ReviewNotFound: when there is none.
    """
    user_id = session.execute(select(Review.user_id).where(Review.id == review_id)).scalar_one_or_none()
    if user_id is None:
        raise ReviewNotFound
    return user_id


def _rows_of(page: FromClause) -> Select[Any]:
    return _ROWS.join(page, page.c.id == Review.id)
