"""What can be shown inside a book: each feature adds its own here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from marshmallow import Schema

from books_service.authors.queries import find_authors
from books_service.authors.representation import author_representation
from books_service.authors.schemas import AuthorSchema
from books_service.reviews.queries import newest_reviews
from books_service.reviews.representation import review_representation
from books_service.reviews.schemas import ReviewSchema
from servicekit.database import DatabaseSession

NEWEST_REVIEWS = 3

# Rows of books to what is embedded in each, by its id, represented as where it lives; a book without any may be left
# out. The number of statements must not grow with that of the rows.
Load: TypeAlias = Callable[[DatabaseSession, Sequence[Mapping[str, Any]]], Mapping[int, list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Embed:
    """One kind of what can be embedded; each one of it has ``etag`` and ``links.self``."""

    load: Load
    schema: type[Schema]
    description: str


def _authors(session: DatabaseSession, books: Sequence[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    ids = {book["id"]: list(dict.fromkeys(author["id"] for author in book["contributors"])) for book in books}
    rows = find_authors(session, {author_id for of_one in ids.values() for author_id in of_one})
    shown = {author_id: author_representation(row) for author_id, row in rows.items()}
    # An author may be gone since the books were read.
    return {
        book_id: [shown[author_id] for author_id in of_one if author_id in shown] for book_id, of_one in ids.items()
    }


def _reviews(session: DatabaseSession, books: Sequence[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    rows = newest_reviews(session, [book["id"] for book in books if book["reviews_count"]], NEWEST_REVIEWS)
    return {book_id: [review_representation(row) for row in of_one] for book_id, of_one in rows.items()}


EMBEDS: Mapping[str, Embed] = {
    "authors": Embed(_authors, AuthorSchema, "Each contributor once, in the order of the book."),
    "reviews": Embed(_reviews, ReviewSchema, f"The {NEWEST_REVIEWS} newest."),
}
