"""Which row of a batch gets the ISBN that it names, when others name it, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from books_service.folding import sort_key
from books_service.imports.findings import LEFT_OUT, Finding
from books_service.imports.queries import IsbnOwner
from books_service.imports.rows import ImportRow

IN_SOURCE = "another row of this source has it"
IN_CATALOGUE = "another book of the catalogue has it"


@dataclass(slots=True)
class IsbnClaims:
    """The outcome, by the key of a row.

    Attributes:
        isbns: the ISBN that the row's book gets.
        matches: the book that is the row's already, made by somebody else.
        findings: why a row does not get its ISBN.
    """

    isbns: dict[str, str | None] = field(default_factory=dict)
    matches: dict[str, int] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)


def settle_isbns(
    rows: Sequence[ImportRow], own_books: Mapping[str, int], owners: Mapping[str, IsbnOwner]
) -> IsbnClaims:
    """Return who gets which ISBN; the first of several rows does.

    Args:
        rows: in the order of the file.
        own_books: the book of each row that has one already, by key.
        owners: the books that have one of the ISBNs now.
    """
    claims = IsbnClaims()
    taken: set[str] = set()
    for row in rows:
        isbn_13 = row.values.get("isbn_13")
        owner = owners.get(isbn_13) if isbn_13 else None
        own_book = own_books.get(row.key)
        refusal = None
        if owner is not None and owner.book_id != own_book:
            if owner.from_source:
                refusal = IN_SOURCE
            elif own_book is None and isbn_13 not in taken and one_begins_the_other(row.title, owner.title_key):
                claims.matches[row.key] = owner.book_id
            else:
                refusal = IN_CATALOGUE
        elif isbn_13 in taken:
            refusal = IN_SOURCE
        if refusal is not None:
            claims.findings[row.key] = Finding(LEFT_OUT, "isbn", refusal, isbn_13 or "")
        elif isbn_13:
            taken.add(isbn_13)
        claims.isbns[row.key] = None if refusal else isbn_13
    return claims


def one_begins_the_other(title: str, title_key: str) -> bool:
    """Return whether ``title``, once folded, and the folded ``title_key`` are one title, with or without more."""
    own_key = sort_key(title)
    return own_key.startswith(title_key) or title_key.startswith(own_key)
