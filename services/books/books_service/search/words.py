"""Words: how texts of books and searches are cut, the same way for both, so that no stop word and no parser differ.

Texts are folded first (``folding.fold``). A word is a run of letters, digits and marks. Scripts that write no spaces
give a word for each character, which a search asks for side by side.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from books_service.folding import fold

# PostgreSQL takes words up to 2,046 bytes; nobody writes or looks for longer ones than this.
MAXIMUM_WORD_CHARACTERS = 64
MAXIMUM_JOINED_WORDS = 6

_LAST_MARK = 0x1FFFF


def _character_class(categories: tuple[str, ...]) -> str:
    """Return the characters of Unicode ``categories`` as the inside of a character class."""
    wanted = [code for code in range(0x300, _LAST_MARK) if unicodedata.category(chr(code)) in categories]
    runs: list[list[int]] = []
    for code in wanted:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


_MARKS = _character_class(("Mn", "Mc", "Me"))
# Thai to Myanmar, Khmer, kana, Han.
_UNSPACED = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_ENDING = r"(?:\+\+|\#(?!\w))?"  # C++ and C#
_ASCII_WORD = re.compile(rf"[a-z0-9]+{_ENDING}")
_WORD = re.compile(rf"[{_UNSPACED}][{_MARKS}]*|(?:(?![{_UNSPACED}])(?:[^\W_]|[{_MARKS}]))+{_ENDING}")
_JOINS = {"-", ".", "/", "_", "&"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes:
        pieces: the parts between apostrophes or before signs, which are words of their own; none for most words.
    """

    text: str
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand together without a space between them, one of them mostly.

    Attributes:
        joined: the words as one, as in ``catch22`` for ``catch-22``; None for a single word and for characters of
            scripts without spaces.
    """

    words: tuple[Word, ...]
    joined: str | None = None


def terms(text: str) -> list[Term]:
    """Return the terms of ``text`` in their order. One that has nothing but signs is cut at its spaces."""
    folded = fold(text)
    return [term for term, _ in placed_terms(folded)] or [Term((Word(_cut(signs)),)) for signs in folded.split()]


def placed_terms(folded: str) -> Iterator[tuple[Term, list[tuple[int, int]]]]:
    """Yield the terms of a folded text, each with the places, from and to, of its words."""
    words: list[Word] = []
    places: list[tuple[int, int]] = []
    compound = True
    end = 0
    for match in (_ASCII_WORD if folded.isascii() else _WORD).finditer(folded):
        text = _cut(match.group())
        gap = folded[end : match.start()]
        if words and gap == "'":
            before = words.pop()
            words.append(Word(_cut(before.text + text), (*(before.pieces or (before.text,)), text)))
            places[-1] = (places[-1][0], match.end())
        elif words and (
            (not gap and _is_unspaced(words[-1].text) and _is_unspaced(text))
            or gap in _JOINS
            or _is_initials(gap, words[-1].text, text)
            or (gap == "," and words[-1].text.isdigit() and text.isdigit())
        ):
            compound = compound and bool(gap)
            words.append(_word(text))
            places.append(match.span())
        else:
            if words:
                yield _term(words, compound), places
            words, places, compound = [_word(text)], [match.span()], True
        end = match.end()
    if words:
        yield _term(words, compound), places


def _term(words: list[Word], compound: bool) -> Term:
    if len(words) == 1 or not compound or len(words) > MAXIMUM_JOINED_WORDS:
        return Term(tuple(words))
    return Term(tuple(words), _cut("".join(word.text for word in words)))


def _word(text: str) -> Word:
    letters = text.rstrip("+#")
    return Word(text, () if letters == text else (letters,))


def _cut(word: str) -> str:
    return word[:MAXIMUM_WORD_CHARACTERS]


def _is_unspaced(word: str) -> bool:
    return not word.isascii() and re.match(f"[{_UNSPACED}]", word) is not None


def _is_initials(gap: str, before: str, after: str) -> bool:
    """Return whether two words are initials of one name, as in ``J. K.``"""
    return gap == ". " and len(before) == 1 and len(after) == 1 and before.isalpha() and after.isalpha()
