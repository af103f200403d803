"""Pages of books as clients see them, whatever list they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from books_service.books.queries import list_books
from books_service.embeds.representation import EMBEDDED, embedding
from books_service.facets.representation import with_facets
from servicekit.database import DatabaseSession
from servicekit.lists import ListPage, list_request
from servicekit.sparse import sparse


def books_page(
    session: DatabaseSession,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[tuple[str, bool]],
    arguments: Mapping[str, Any],
) -> ListPage:
    """Return the page of the books that meet ``conditions``, in ``order``, that loaded query ``arguments`` ask for.

    It has the facets, the embeds and the fields that they name, see ``BookSubsetQuerySchema``.

    Raises:
        CursorInvalid: the cursor is none of a list in this order.
        ValidationFailed: both a page and a cursor.
    """
    return shown_page(session, list_books(session, conditions, order, list_request(arguments)), conditions, arguments)


def shown_page(
    session: DatabaseSession, page: ListPage, conditions: Sequence[ColumnElement[bool]], arguments: Mapping[str, Any]
) -> ListPage:
    """Return ``page``, which holds rows of ``get_book``, as ``books_page`` does."""
    page = with_facets(session, page, conditions, arguments["facets"])
    represent = embedding(session, page.items, arguments["include"])
    return page.mapped(sparse(represent, arguments, always=EMBEDDED))
