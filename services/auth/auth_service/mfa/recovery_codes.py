"""Recovery codes: how they look, and the form in which they are kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

# 32 characters (Crockford's), so that ten of them are 50 bits; what looks like another one is read as that one.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
READ_AS = str.maketrans({"i": "1", "l": "1", "o": "0", "-": None, " ": None})
COUNT = 10
CHARACTERS = 10
GROUP_CHARACTERS = 5
CANONICAL = re.compile(f"[{ALPHABET}]{{{CHARACTERS}}}")


def new_codes() -> list[str]:
    """Return as many different codes as a user gets, in the form in which they are shown."""
    codes: set[str] = set()
    while len(codes) < COUNT:
        codes.add("".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS)))
    return [f"{code[:GROUP_CHARACTERS]}-{code[GROUP_CHARACTERS:]}" for code in codes]


def canonical_code(text: str) -> str | None:
    """Return the code that ``text`` spells, whatever its case and grouping, None when it spells none."""
    code = text.lower().translate(READ_AS)
    return code if CANONICAL.fullmatch(code) else None


@dataclass(frozen=True, slots=True)
class RecoveryCodeHashes:
    """Makes what is stored of a code; without the key nobody can try codes against it.

    Args:
        key: 32 bytes, made from the secret of the service.
    """

    key: bytes = field(repr=False)

    def hash(self, code: str, user_id: int) -> str:
        """Return the hash of a code in canonical form or as it is shown, for ``user_id`` alone."""
        message = f"{user_id}:{canonical_code(code)}"
        return hmac.new(self.key, message.encode(), hashlib.sha256).hexdigest()
