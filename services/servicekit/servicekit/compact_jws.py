"""The parts of a signed token as it is written (RFC 7515, section 7.1), read in their one spelling only.

What is read of a token here is read again by the library that checks the signature. That both read the same is why
nothing passes that could be read in two ways: padding, other characters, other encodings than UTF-8, a member twice.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any, NoReturn

PART = "[A-Za-z0-9_-]+"
# Three parts: one that is encrypted (RFC 7516) has five.
COMPACT = re.compile(rf"({PART})\.({PART})\.{PART}")


def json_parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and payload of ``token``, none of which is to be believed before the signature is checked.

    Raises:
        ValueError: it is no token of three parts, or one of these two is no JSON object with unique members.
    """
    written = COMPACT.fullmatch(token)
    if written is None:
        raise ValueError("not three parts in base64url")
    return _json_object(written[1]), _json_object(written[2])


def _json_object(part: str) -> dict[str, Any]:
    content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        raise ValueError("not the one way to write these bytes")
    try:
        found = json.loads(content.decode(), object_pairs_hook=_unique_members, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, refusing one that names a member twice (RFC 7515, section 4, and RFC 7519, section 4)."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
