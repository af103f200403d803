"""The identifiers of a row: a column of all schemes, or one for each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from books_service.books.identifiers import BOOK_SCHEMES
from books_service.identifiers import MAXIMUM_IDENTIFIERS, IdentifierMalformed
from books_service.imports.columns import LIST_SEPARATOR, Layout
from books_service.imports.findings import LEFT_OUT, Finding

ALL_SCHEMES = "identifiers"
DOI = "doi"
SCHEMES = ("oclc", "lccn", DOI, "goodreads")
IDENTIFIER_FIELDS = frozenset({ALL_SCHEMES, *SCHEMES})

# A semicolon may be part of a DOI; what follows one that is not is a scheme.
_BETWEEN = re.compile(r";(?=\s*(?:[A-Za-z][A-Za-z0-9_-]*:|$))")


def identifiers_of(cells: Sequence[str], layout: Layout, findings: list[Finding]) -> list[str]:
    """Return the identifiers of a row as they are stored, with a finding for each that breaks a rule."""
    identifiers: dict[str, None] = {}
    for field, scheme, written in _written(cells, layout):
        try:
            identifier = BOOK_SCHEMES.parse(written) if scheme is None else BOOK_SCHEMES.normalise(scheme, written)
        except IdentifierMalformed as error:
            reason = str(error).rstrip(".")
            findings.append(Finding(LEFT_OUT, field, reason[0].lower() + reason[1:], written))
            continue
        if identifier not in identifiers and len(identifiers) == MAXIMUM_IDENTIFIERS:
            findings.append(Finding(LEFT_OUT, field, f"more than {MAXIMUM_IDENTIFIERS}", written))
            continue
        identifiers[identifier] = None
    return list(identifiers)


def _written(cells: Sequence[str], layout: Layout) -> list[tuple[str, str | None, str]]:
    """Return field, scheme and text of each identifier; the scheme is None where the text names it."""
    found: list[tuple[str, str | None, str]] = [
        (ALL_SCHEMES, None, part) for part in _BETWEEN.split(layout.cell(ALL_SCHEMES, cells))
    ]
    for scheme in SCHEMES:
        cell = layout.cell(scheme, cells)
        parts = [cell] if scheme == DOI else [re.sub(r"\.0+$", "", part.strip()) for part in cell.split(LIST_SEPARATOR)]
        found += [(scheme, scheme, part) for part in parts]
    return [(field, scheme, part.strip()) for field, scheme, part in found if part.strip()]
