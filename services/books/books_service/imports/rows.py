"""A row on its way from a file to the catalogue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from books_service.imports.findings import Finding


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What a row holds of a book.

    Attributes:
        key: names the row within its source, the same in every run.
        values: columns of a book, those alone that the file has, the same for every row.
        authors: names in their order, None when the file has none at all.
        digest: of values and authors as the file has them.
        findings: what is stored otherwise than the file has it.
    """

    number: int
    line: int
    key: str
    values: dict[str, Any]
    authors: list[str] | None
    digest: str
    findings: list[Finding]

    @property
    def title(self) -> str:
        """The title of the book."""
        title: str = self.values["title"]
        return title


class RecordKeys:
    """Makes the keys of one file unique: the second row with a key gets one that says so, the same in every run."""

    def __init__(self) -> None:
        self._seen: Counter[int] = Counter()

    def unique(self, key: str) -> str:
        """Return ``key`` the first time, a numbered one after that."""
        # Hashes take a third of the memory; two keys with one hash would at worst be numbered, too.
        hashed = _stable_hash(key)
        self._seen[hashed] += 1
        kind, _, name = key.partition(":")
        return key if self._seen[hashed] == 1 else f"{kind}{self._seen[hashed]}:{name}"


def _stable_hash(key: str) -> int:
    """Return the same number for ``key`` in every run, which the built-in hash does not."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
