"""What somebody may be about to type: titles and names of authors, while only a part of them is there.

The most popular books are asked first: for the beginning of a common word, walking them finds enough soon, and for a
rare one the index does. Either way the work does not grow with the number of books.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, TEXT, aggregate_order_by

from books_service.authors.models import Author, AuthorName
from books_service.books.models import Book, BookAuthor
from books_service.folding import fold
from books_service.search.candidates import by_index, holds, reaches
from books_service.search.frequencies import CountedWords, counted_words
from books_service.search.query import Part
from books_service.search.tsquery import tsquery
from books_service.search.vector import AUTHOR, TITLE
from books_service.search.words import Word, terms
from servicekit.database import DatabaseSession

MAXIMUM_SUGGESTIONS = 20
# An author has many books, and many books have the same title.
BOOKS_OF_TITLES, BOOKS_OF_AUTHORS = 2 * MAXIMUM_SUGGESTIONS, 60
# When a book in so many holds the words, enough of them are among so many of the most popular ones.
COMMON_SHARE, WALKED = 0.01, 5_000
EXPECTED = 4
BOOKS_OF_A_WORD = 1_000

_BOOKS = Select[Any](Book.id, Book.title, Book.author, Book.popularity, Book.search_vector)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A title or an author.

    Attributes:
        kind: ``TITLE`` or ``AUTHOR``.
        id: of the most popular book with that title, or of the author.
        text: the title or name.
        author: who wrote the book; None for authors.
    """

    kind: str
    id: int
    text: str
    author: str | None = None


def suggestions(session: DatabaseSession, text: str, limit: int) -> list[Suggestion]:
    """Return titles and authors with words that begin as those of ``text`` do, the most popular first.

    All words but the last one are whole. Of an author the most popular book counts.
    """
    words = tuple(terms(text))
    if not words or not any(character.isalnum() for character in text):
        return []
    part = Part(words, prefix=True)
    counted = counted_words(session)
    rows = session.execute(_statement(part, counted, widely=False)).all()
    found = _told(rows, part, limit)
    if len(found) < limit and _may_miss(part, counted):
        rows = session.execute(_statement(part, counted, widely=True)).all()
        found = _told(rows, part, limit)
    return found


def _statement(part: Part, counted: CountedWords, *, widely: bool) -> Select[Any]:
    titles = _popular(part, TITLE, BOOKS_OF_TITLES, counted, widely=widely)
    books = _popular(part, AUTHOR, BOOKS_OF_AUTHORS, counted, widely=widely).subquery("of_authors")
    names = (
        select(func.array_agg(aggregate_order_by(AuthorName.name, AuthorName.position)))
        .where(AuthorName.author_id == Author.id)
        .correlate(Author)
        .scalar_subquery()
    )
    authors = (
        select(literal(AUTHOR), Author.id, Author.name, literal(None, TEXT), books.c.popularity, names)
        .join_from(books, BookAuthor, BookAuthor.book_id == books.c.id)
        .join(Author, Author.id == BookAuthor.author_id)
    )
    books_with = titles.subquery("of_titles")
    of_titles = select(
        literal(TITLE).label("kind"),
        books_with.c.id,
        books_with.c.title.label("text"),
        books_with.c.author,
        books_with.c.popularity,
        literal(None, ARRAY(TEXT)).label("names"),
    )
    found = union_all(of_titles, authors).subquery("found")
    return select(*found.c).order_by(found.c.popularity.desc(), found.c.kind.desc(), found.c.id.desc())


def _popular(part: Part, field: str, limit: int, counted: CountedWords, *, widely: bool) -> Select[Any]:
    """Return the statement for the most popular books that hold ``part`` in ``field``."""
    words = _words(part, field)
    share = _share(part, field, counted)
    if widely:
        return _by_index(words, counted.level(EXPECTED * limit, share) if share >= COMMON_SHARE else None, limit)
    if share >= COMMON_SHARE:
        walk = _BOOKS.order_by(Book.popularity.desc(), Book.id.desc()).limit(WALKED)
        return _among(walk, words, limit)
    whole = Part(part.terms[:-1])
    if whole.terms and (share := _share(whole, field, counted)) < COMMON_SHARE:
        # The index would collect all words that begin as the last one does.
        walk = _by_index(_words(whole, field), counted.level(BOOKS_OF_A_WORD, share), BOOKS_OF_A_WORD)
        return _among(walk, words, limit)
    return _by_index(words, counted.level(EXPECTED * limit, share), limit)


def _by_index(words: str, level: int | None, limit: int) -> Select[Any]:
    statement = _BOOKS.where(by_index(words)).order_by((Book.popularity + 0).desc(), Book.id.desc()).limit(limit)
    return statement if level is None else statement.where(reaches(level))


def _among(books: Select[Any], words: str, limit: int) -> Select[Any]:
    walk = books.subquery()
    return Select[Any](*walk.c).where(holds(words, walk.c.search_vector)).limit(limit)


def _words(part: Part, field: str) -> str:
    return tsquery([part], field=field) or ""


def _share(part: Part, field: str, counted: CountedWords) -> float:
    return counted.share([replace(part, field=field)])


def _may_miss(part: Part, counted: CountedWords) -> bool:
    """Return whether the books that were looked at first need not be all that hold ``part``."""
    return len(part.terms) > 1 or any(
        (share := _share(part, field, counted)) >= COMMON_SHARE or counted.level(EXPECTED * limit, share) is not None
        for field, limit in ((TITLE, BOOKS_OF_TITLES), (AUTHOR, BOOKS_OF_AUTHORS))
    )


def _told(rows: Sequence[Any], part: Part, limit: int) -> list[Suggestion]:
    """Return each title of an author, and each author, once."""
    found: dict[tuple[str, ...], Suggestion] = {}
    for kind, row_id, text, author, _, names in rows:
        if kind == TITLE:
            found.setdefault((TITLE, fold(text), author or ""), Suggestion(TITLE, row_id, text, author))
        elif any(_holds(name, part) for name in names):
            found.setdefault((AUTHOR, str(row_id)), Suggestion(AUTHOR, row_id, text))
        if len(found) == limit:
            break
    return list(found.values())


def _holds(name: str, part: Part) -> bool:
    """Return whether one name holds all words: a book may have them in those of several authors."""
    forms = {form for term in terms(name) for form in _forms(term.words, term.joined)}
    *whole, last = part.terms
    return all(_term_in(forms, term.words, term.joined) for term in whole) and _begins_in(
        forms, last.words, last.joined
    )


def _forms(words: Sequence[Word], joined: str | None) -> Iterator[str]:
    for word in words:
        yield from (word.text, *word.pieces)
    if joined is not None:
        yield joined


def _term_in(forms: set[str], words: Sequence[Word], joined: str | None) -> bool:
    return joined in forms or all(word.text in forms for word in words)


def _begins_in(forms: set[str], words: Sequence[Word], joined: str | None) -> bool:
    *whole, last = words
    return any(form.startswith(joined or last.text) for form in forms) or (
        all(word.text in forms for word in whole) and any(form.startswith(last.text) for form in forms)
    )
