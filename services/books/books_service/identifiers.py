"""Identifiers that others gave: a scheme and a value, stored as ``scheme:value`` in one spelling for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from books_service.folding import collapse

MAXIMUM_SCHEME_CHARACTERS = 30
MAXIMUM_VALUE_CHARACTERS = 200
# As written: an address around the value is longer than the value.
MAXIMUM_WRITTEN_CHARACTERS = 700
MAXIMUM_IDENTIFIERS = 20

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SCHEME = re.compile(r"[a-z][a-z0-9_-]*")


class IdentifierMalformed(ValueError):
    """The value is no identifier of its scheme; ``member`` is the one of ``scheme`` and ``value`` that is wrong."""

    def __init__(self, member: str, problem: str) -> None:
        self.member = member
        super().__init__(problem)


@dataclass(frozen=True)
class Schemes:
    """The schemes of one kind of thing.

    Attributes:
        spelling: by scheme, what makes the one spelling of a value, or raises IdentifierMalformed. Any other scheme
            keeps its values as they are, white space collapsed.
        names, examples: some of them, in the words of a message.
        refused: schemes that are none, and why.
    """

    spelling: Mapping[str, Callable[[str], str]]
    names: str
    examples: str
    refused: Mapping[str, str] = field(default_factory=dict)

    def normalise(self, scheme: str, value: str) -> str:
        """Return ``scheme:value`` in the spelling in which equal identifiers are equal.

        Raises:
            IdentifierMalformed: the scheme is no name, or the value none of its scheme.
        """
        name = scheme.strip().lower()
        if not _SCHEME.fullmatch(name) or len(name) > MAXIMUM_SCHEME_CHARACTERS:
            raise IdentifierMalformed(
                "scheme", f"A name such as {self.names}: letters and digits, to {MAXIMUM_SCHEME_CHARACTERS}."
            )
        if name in self.refused:
            raise IdentifierMalformed("scheme", self.refused[name])
        if CONTROL.search(value):
            raise IdentifierMalformed("value", "Control characters are not allowed.")
        normalised = self.spelling.get(name, collapse)(value)
        if not 1 <= len(normalised) <= MAXIMUM_VALUE_CHARACTERS:
            raise IdentifierMalformed("value", f"Must be 1 to {MAXIMUM_VALUE_CHARACTERS} characters long.")
        return f"{name}:{normalised}"

    def parse(self, written: str) -> str:
        """Return what ``scheme:value`` in any spelling is in that of ``normalise``.

        Raises:
            IdentifierMalformed: as ``normalise``, and when there is no colon.
        """
        scheme, separator, value = written.partition(":")
        if not separator:
            raise IdentifierMalformed("scheme", f"Must be scheme:value, such as {self.examples}.")
        return self.normalise(scheme, value)


def shown_identifier(stored: str) -> dict[str, str]:
    """Return a stored identifier as its two parts."""
    scheme, _, value = stored.partition(":")
    return {"scheme": scheme, "value": value}
