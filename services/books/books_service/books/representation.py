"""A book as clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from books_service.books.isbn import isbn_10
from books_service.covers.representation import cover_representation
from books_service.identifiers import shown_identifier
from books_service.works.representation import editions_address, work_address
from servicekit.entity_tags import row_tag


def book_representation(book: Mapping[str, Any], *shown_besides: Any) -> dict[str, Any]:
    """Return a row of ``queries.get_book`` as the API shows it.

    ``shown_besides`` is what its tag tells of as well, see ``row_tag``.
    """
    contributors = book["contributors"]
    isbn_13 = book["isbn_13"]
    work_id = book["work_id"]
    return {
        "id": book["id"],
        "title": book["title"],
        "subtitle": book["subtitle"],
        "author": book["author"],
        "authors": [
            {**contributor, "links": {"self": f"/api/v1/authors/{contributor['id']}"}} for contributor in contributors
        ],
        "isbn": isbn_13,
        "isbn_10": isbn_10(isbn_13) if isbn_13 else None,
        "year": book["year"],
        "language": book["language"],
        "publisher": book["publisher"],
        "description": book["description"],
        "subjects": book["subjects"],
        "series": book["series_name"] and {"name": book["series_name"], "number": book["series_number"]},
        "identifiers": [shown_identifier(identifier) for identifier in book["identifiers"]],
        "work_id": work_id,
        "page_count": book["page_count"],
        "average_rating": book["average_rating"],
        "ratings_count": book["ratings_count"],
        "reviews": _review_figures(book),
        "cover": cover_representation(book),
        "created_by": book["created_by"],
        "created_at": book["created_at"],
        "updated_at": book["updated_at"],
        "version": book["version"],
        "etag": book_tag(book, *shown_besides),
        "links": {
            "self": f"/api/v1/books/{book['id']}",
            "authors": list(dict.fromkeys(f"/api/v1/authors/{contributor['id']}" for contributor in contributors)),
            "reviews": f"/api/v1/books/{book['id']}/reviews",
            "work": work_id and work_address(work_id),
            "editions": work_id and editions_address(work_id),
        },
    }


def book_tag(book: Mapping[str, Any], *shown_besides: Any) -> str:
    """Return the entity tag of a row of ``queries.get_book`` that is shown with ``shown_besides``."""
    figures = (book["reviews_count"], book["reviews_sum"]) if book["reviews_count"] else ()
    return row_tag(book["version"], *figures, *shown_besides)


def _review_figures(book: Mapping[str, Any]) -> dict[str, Any]:
    average = book["review_average"]
    return {"count": book["reviews_count"], "average": None if average is None else round(average, 2)}
