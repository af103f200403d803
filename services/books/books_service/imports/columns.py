"""Which column of a file holds what: by name for the files we know, by ``--column`` for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from books_service.folding import collapse
from books_service.imports.errors import ImportImpossible

# Each field with the column names that it is known by, the best first.
ALIASES: dict[str, tuple[str, ...]] = {
    "key": ("key", "book_id", "id"),
    "title": ("title",),
    "subtitle": ("subtitle",),
    "authors": ("authors", "author"),
    "isbn": ("isbn", "isbn_13", "isbn13", "isbn_10", "isbn10"),
    "year": ("year", "original_publication_year", "publication_year"),
    "language": ("language", "language_code"),
    "publisher": ("publisher",),
    "description": ("description",),
    "subjects": ("subjects",),
    "series": ("series", "series_name", "series_title"),
    "series_number": ("series_number", "series_index"),
    "identifiers": ("identifiers",),
    "oclc": ("oclc", "oclc_number"),
    "lccn": ("lccn",),
    "doi": ("doi",),
    "goodreads": ("goodreads_book_id", "goodreads_id"),
    "page_count": ("page_count", "pages", "num_pages"),
    "average_rating": ("average_rating",),
    "ratings_count": ("ratings_count",),
}
FIELDS = tuple(ALIASES)

# The header of goodbooks-10k. Its `isbn13` has lost digits; `isbn` comes before it above and is always there.
GOODBOOKS = frozenset({"book_id", "goodreads_book_id", "isbn", "authors", "original_publication_year", "language_code"})

LIST_SEPARATOR = ";"
GOODBOOKS_AUTHOR_SEPARATOR = ","


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file holds each field, and in which manner."""

    positions: Mapping[str, int]
    author_separator: str = LIST_SEPARATOR
    # Ten digits may be the end of an ISBN-13 instead of an ISBN-10.
    isbn_may_lack_prefix: bool = False
    # "The Hunger Games (The Hunger Games, #1)" is a title with its series.
    title_holds_series: bool = False

    def cell(self, field: str, cells: Sequence[str]) -> str:
        """Return the text of ``field`` in a row, empty when the file does not have it."""
        position = self.positions.get(field)
        return "" if position is None else cells[position]


def layout_of(header: Sequence[str], named: Mapping[str, str], author_separator: str | None) -> Layout:
    """Return the layout of a file with this header.

    Column names are compared without case and surrounding white space. Lists are separated by semicolons; authors by
    commas in a file with the header of goodbooks-10k, whose titles also hold the series; ``author_separator`` has the
    last word on authors.

    Args:
        header: the names of the columns.
        named: column name by field, in place of the built-in names of that field.
        author_separator: what stands between authors, None for the rule above.

    Raises:
        ImportImpossible: no column for the title, a named column that is not there, or one that is there twice.
    """
    names = [collapse(name).casefold() for name in header]
    positions: dict[str, int] = {}
    for field, aliases in ALIASES.items():
        wanted = [collapse(named[field]).casefold()] if field in named else aliases
        found = next((name for name in wanted if name in names), None)
        if found is None and field in named:
            raise ImportImpossible(f"There is no column {named[field]!r} for {field}; {_shown(header)}")
        if found is not None and names.count(found) > 1:
            raise ImportImpossible(f"The column {found!r} is there more than once.")
        if found is not None:
            positions[field] = names.index(found)
    if "title" not in positions:
        raise ImportImpossible(f"There is no column for the title: name it by --column title=NAME; {_shown(header)}")
    is_goodbooks = set(names) >= GOODBOOKS
    separator = author_separator or (GOODBOOKS_AUTHOR_SEPARATOR if is_goodbooks else LIST_SEPARATOR)
    return Layout(
        positions,
        separator,
        isbn_may_lack_prefix=is_goodbooks,
        title_holds_series=is_goodbooks and "series" not in positions,
    )


def _shown(header: Sequence[str]) -> str:
    names = ", ".join(header)
    return f"the file has: {names if len(names) <= 500 else names[:500] + ' ...'}"
