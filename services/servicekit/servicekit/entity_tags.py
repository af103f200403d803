"""Entity tags: strong validators of what is shown, and conditions on requests that name them (RFC 9110, section 13).

The tag of a row is its version, followed by the figures that its representation shows and that are not of the version.
Reading compares whole tags; changing compares versions, since nobody can lose an edit to a figure that nobody edits.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, request
from flask import json as flask_json
from werkzeug.datastructures import ETags

from servicekit.envelope import ApiError

# Whether changes need If-Match; a service in which that can be asked for sets it before its documents are made.
REQUIRED = "REQUIRE_IF_MATCH"

SAFE_METHODS = ("GET", "HEAD")
DIGEST_BYTES = 16

# One element of a list: a tag (RFC 9110, section 8.8.3) or nothing (5.6.1), up to its comma or the end.
# Possessive, so that 8 KiB of spaces are not read over and over.
ELEMENT = re.compile(r'[ \t]*+(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*+)")?+[ \t]*+(?:,|\Z)')


class PreconditionFailed(ApiError):
    """The row is no longer what the caller's If-Match names (RFC 9110, section 13.1.1)."""

    code, status, message = "precondition_failed", 412, "Somebody has changed it since you read it; read it again."


class PreconditionRequired(ApiError):
    """The change needs an If-Match, which the request lacks (RFC 6585, section 3)."""

    code, status, message = "precondition_required", 428, "Send If-Match with the ETag that you read."


class IfMatchMalformed(ApiError):
    """A precondition is there and says nothing; a change that was meant to be safe is not made without it."""

    code, status, message = "if_match_malformed", 400, "If-Match cannot be read."


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The preconditions of a change: ``tags`` of If-Match, ``others`` of If-None-Match; None for one that is absent."""

    tags: ETags | None = None
    others: ETags | None = None

    def check(self, version: int) -> None:
        """Return when a row of ``version`` may be changed; to be called under the row's lock.

        Raises:
            PreconditionFailed: when If-Match names other versions, weak tags matching none, or If-None-Match this one.
        """
        if self.tags is not None and not self.tags.star_tag and not _names(self.tags.as_set(), version):
            raise PreconditionFailed
        if self.others is not None and (self.others.star_tag or _names(self.others.as_set(include_weak=True), version)):
            raise PreconditionFailed("It is there, and If-None-Match names it.")


def requested_if_match() -> IfMatch:
    """Return the precondition of the current request.

    Raises:
        IfMatchMalformed: when it cannot be read.
        PreconditionRequired: when there is none and the service wants one.
    """
    if "If-Match" not in request.headers and current_app.config.get(REQUIRED):
        raise PreconditionRequired
    return IfMatch(_given("If-Match"), _given("If-None-Match"))


def parse_tags(header: str) -> ETags | None:
    """Return the tags that If-Match or If-None-Match lists, None when that is not what it does."""
    if header.strip(" \t") == "*":
        return ETags(star_tag=True)
    found: dict[bool, list[str]] = {False: [], True: []}
    position = 0
    while position < len(header):
        element = ELEMENT.match(header, position)
        if element is None:
            return None
        weak, tag = element.groups()
        if tag is not None:
            found[weak is not None].append(tag)
        position = element.end()
    return ETags(found[False], found[True]) if found[False] or found[True] else None


def row_tag(version: int, *figures: Any) -> str:
    """Return the tag of a row of ``version`` whose representation also shows ``figures``, numbers or other JSON values.

    Figures that are None at the end are left out.
    """
    written = [str(version), *[_written(figure) for figure in figures]]
    return f'"{"-".join(written).rstrip("-")}"'


def entity_tag(version: int, *figures: Any) -> dict[str, str]:
    """Return the ETag header of a row, see ``row_tag``."""
    return {"ETag": row_tag(version, *figures)}


def init_app(app: Flask) -> None:
    """Give every JSON answer of ``app`` to GET a tag, and answer 304 where If-None-Match names it."""
    app.after_request(_compare_with_what_is_known)


def _compare_with_what_is_known(response: Response) -> Response:
    """Make ``response`` a 304 when the caller has what it shows (RFC 9110, section 13.1.2).

    An answer whose view names no tag, such as a list, has the digest of its body for one.
    """
    if request.method not in SAFE_METHODS or response.status_code != 200 or response.mimetype != "application/json":
        return response
    tag = response.headers.setdefault("ETag", f'"{_digest(response.get_data())}"')
    header = request.headers.get("If-None-Match")
    known = None if header is None else parse_tags(header)
    # Comparing is weak here (13.1.2); what cannot be read is no condition.
    if known is not None and (known.star_tag or known.contains_weak(tag[1:-1])):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Type"], response.headers["Content-Length"]
    return response


def _given(header: str) -> ETags | None:
    """Return the tags in ``header`` of a change, None when it is absent."""
    if header not in request.headers:
        return None
    tags = parse_tags(request.headers[header])
    if tags is None:
        raise IfMatchMalformed(f'{header} must be *, or entity tags such as "7".')
    return tags


def _names(tags: Collection[str], version: int) -> bool:
    return any(tag.partition("-")[0] == str(version) for tag in tags)


def _written(figure: Any) -> str:
    if figure is None:
        return ""
    if isinstance(figure, int):
        return str(int(figure))
    return _digest(flask_json.dumps(figure).encode())


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()
