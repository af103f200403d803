"""Entity tags: the version of a row as a strong validator, and If-Match against lost updates (RFC 9110)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.datastructures import ETags

from servicekit.envelope import ApiError


class PreconditionFailed(ApiError):
    """The row is no longer what the caller's If-Match names (RFC 9110, section 13.1.1)."""

    code, status, message = "precondition_failed", 412, "Somebody has changed it since you read it; read it again."


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The precondition of a change; ``tags`` is None when the request states none."""

    tags: ETags | None = None

    def check(self, version: int) -> None:
        """Return when a row of ``version`` may be changed; to be called under the row's lock.

        Raises:
            PreconditionFailed: when the tags name another version. Weak tags and nonsense match nothing.
        """
        if self.tags is not None and not self.tags.contains(str(version)):
            raise PreconditionFailed


def requested_if_match() -> IfMatch:
    """Return the precondition of the current request."""
    return IfMatch(request.if_match if "If-Match" in request.headers else None)


def entity_tag(version: int) -> dict[str, str]:
    """Return the ETag header of a row of ``version``."""
    return {"ETag": f'"{version}"'}
