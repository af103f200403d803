"""The address where many ISBNs are looked up."""

from __future__ import annotations

from typing import Any

from books_service import limits
from books_service.books import queries
from books_service.extensions import db
from books_service.isbns.lookup import lookup_representation, read_isbn
from books_service.isbns.schemas import IsbnLookupQuerySchema, IsbnLookupSchema
from servicekit.access import PUBLIC, access
from servicekit.blueprint import Blueprint

blueprint = Blueprint("isbns", __name__, url_prefix="/api/v1/books/isbn-lookup", description="Many ISBNs at once.")


@blueprint.route("", methods=["POST"])
@access(PUBLIC)
@limits.lookups
@blueprint.arguments(IsbnLookupQuerySchema)
@blueprint.response(200, IsbnLookupSchema)
def look_up_isbns(values: dict[str, Any]) -> dict[str, Any]:
    """Look up at most 1,000 ISBNs, in any written form

    Changes nothing. A wrong ISBN does not spoil the others: each has a result of its own.
    """
    isbns = [read_isbn(text) for text in values["isbns"]]
    books = queries.get_books_by_isbn(db.session, {written.isbn_13 for written in isbns if written.isbn_13})
    return lookup_representation(isbns, books)
