"""JSON by orjson: quick, and strict where the standard library is not (it refuses NaN and lone surrogates)."""

from __future__ import annotations

from typing import Any

import orjson
from flask.json.provider import JSONProvider

# Times in UTC, as the database gives them, leave as ISO 8601 with a Z.
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_APPEND_NEWLINE


class OrjsonProvider(JSONProvider):
    """Flask's JSON through orjson."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Return ``obj`` as JSON text."""
        return orjson.dumps(obj, option=OPTIONS).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return the value of JSON text; raises orjson.JSONDecodeError (a ValueError) when it is none."""
        return orjson.loads(s)
