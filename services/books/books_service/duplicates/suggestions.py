"""Pairs of records that may be one, with how likely that is; each is told once in a walk through all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from books_service.authors.errors import AuthorNotFound
from books_service.authors.models import Author
from books_service.authors.queries import find_authors
from books_service.books.errors import BookNotFound
from books_service.books.models import Book
from books_service.books.queries import books_in_order
from books_service.duplicates import queries
from books_service.duplicates.authors import compare_authors
from books_service.duplicates.books import compare_books
from books_service.duplicates.likeness import Likeness
from books_service.duplicates.queries import Pair
from servicekit.cursors import CursorPage
from servicekit.database import DatabaseSession

AUTHOR, BOOK = "author", "book"
SUGGESTIONS_OF_ONE = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    """That ``source`` may be ``into``, which is the one to keep if nothing else speaks for the other; both are rows."""

    source: Mapping[str, Any]
    into: Mapping[str, Any]
    likeness: Likeness


def suggest_authors(
    session: DatabaseSession, author_id: int | None, cursor: str | None, lowest_score: int
) -> CursorPage:
    """Return the suggestions for an author, or for the authors of a page of all, the likeliest first.

    Raises:
        AuthorNotFound: there is no author ``author_id``.
        CursorInvalid: the cursor is none of this walk.
    """
    table = Author.__table__
    page = queries.read_records(session, table, AuthorNotFound, author_id, cursor)
    names: defaultdict[Pair, list[dict[str, Any]]] = defaultdict(list)
    for row in queries.list_similar_names(session, [record["id"] for record in page.items]):
        names[row["author_id"], row["other_author_id"]].append(row)
    found = [*names, *queries.list_sharing_identifiers(session, table, page.items)]
    pairs = _without_undone(session, AUTHOR, _once(found, walking=author_id is None))
    authors = find_authors(session, {record_id for pair in pairs for record_id in pair})
    pairs = [pair for pair in pairs if set(pair) <= authors.keys()]
    together = queries.pairs_named_together(session, pairs)

    def compare(pair: Pair) -> Likeness | None:
        one, other = (authors[record_id] for record_id in pair)
        return compare_authors(one, other, names[pair], named_together=pair in together)

    return _page(page, pairs, compare, authors, _standing_of_author, lowest_score)


def suggest_books(session: DatabaseSession, book_id: int | None, cursor: str | None, lowest_score: int) -> CursorPage:
    """Return the suggestions for a book, or for the books of a page of all, the likeliest first.

    Raises:
        BookNotFound: there is no book ``book_id``.
        CursorInvalid: the cursor is none of this walk.
    """
    table = Book.__table__
    page = queries.read_records(session, table, BookNotFound, book_id, cursor)
    titles = set(queries.list_same_titles(session, [record["id"] for record in page.items]))
    found = [*titles, *queries.list_sharing_identifiers(session, table, page.items)]
    pairs = _without_undone(session, BOOK, _once(found, walking=book_id is None))
    books = {row["id"]: row for row in books_in_order(session, list({key for pair in pairs for key in pair}))}
    pairs = [pair for pair in pairs if set(pair) <= books.keys()]

    def compare(pair: Pair) -> Likeness | None:
        one, other = (books[record_id] for record_id in pair)
        return compare_books(one, other, main_titles=pair in titles)

    return _page(page, pairs, compare, books, _standing_of_book, lowest_score)


def _once(pairs: Iterable[Pair], *, walking: bool) -> list[Pair]:
    """Return each pair once; in a walk it is told with the lower id, because either one leads to the other."""
    return [(one, other) for one, other in dict.fromkeys(pairs) if one < other or not walking]


def _without_undone(session: DatabaseSession, kind: str, pairs: list[Pair]) -> list[Pair]:
    undone = queries.undone_pairs(session, kind, pairs)
    return [pair for pair in pairs if pair not in undone]


def _page(
    page: CursorPage,
    pairs: Iterable[Pair],
    compare: Callable[[Pair], Likeness | None],
    rows: Mapping[int, Mapping[str, Any]],
    standing: Callable[[Mapping[str, Any]], Any],
    lowest_score: int,
) -> CursorPage:
    likely: defaultdict[int, list[tuple[Likeness, int]]] = defaultdict(list)
    for pair in pairs:
        likeness = compare(pair)
        if likeness and likeness.score >= lowest_score:
            likely[pair[0]].append((likeness, pair[1]))
    suggestions = []
    for one, others in likely.items():
        for likeness, other in sorted(others, key=lambda found: (-found[0].score, found[1]))[:SUGGESTIONS_OF_ONE]:
            source, into = sorted((rows[one], rows[other]), key=standing)
            suggestions.append(Suggestion(source, into, likeness))
    suggestions.sort(key=lambda told: (-told.likeness.score, told.into["id"], told.source["id"]))
    return replace(page, items=suggestions)


def _standing_of_author(author: Mapping[str, Any]) -> tuple[int, int]:
    """Return what is greater for the one whom more books name, or else who was there first."""
    return author["books_count"], -author["id"]


def _standing_of_book(book: Mapping[str, Any]) -> tuple[bool, int, int]:
    """Return what is greater for the one with an ISBN, then for what more people rated, or else what came first."""
    return book["isbn_13"] is not None, (book["ratings_count"] or 0) + book["reviews_count"], -book["id"]
