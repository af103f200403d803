"""Folding: the one decision on which texts are the same to somebody who searches or sorts."""

from __future__ import annotations

import re
import unicodedata

COMBINING_MARKS = re.compile("[\u0300-\u036f]+")

# A folded text may be longer than its source, and PostgreSQL refuses B-tree entries above 2,704 bytes.
MAXIMUM_SORT_KEY_CHARACTERS = 500

# Letters that Unicode does not decompose but that people type without their stroke, and the signs that word processors
# put in the place of what a keyboard has.
ALIKE = str.maketrans(
    {
        "\u00f8": "o",
        "\u0142": "l",
        "\u0111": "d",
        "\u00f0": "d",
        "\u00fe": "th",
        "\u00e6": "ae",
        "\u0153": "oe",
        "\u0131": "i",  # dotless i
        "\u2018": "'",
        "\u2019": "'",
        "\u02bc": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2013": "-",
        "\u2014": "-",
    }
)


def collapse(text: str) -> str:
    """Return ``text`` in NFC with every run of white space made one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """Return ``text`` without case, Latin, Greek and Cyrillic accents, compatibility forms and superfluous white space.

    Two texts match when their folded forms do; folding a folded text changes nothing.
    """
    # Twice: taking the case away makes new decomposable characters, and decomposing makes new capitals.
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = COMBINING_MARKS.sub("", text).translate(ALIKE)
    return " ".join(unicodedata.normalize("NFC", text).split())


def sort_key(text: str) -> str:
    """Return the folded ``text`` in the length that an index holds."""
    return fold(text)[:MAXIMUM_SORT_KEY_CHARACTERS]
