"""Requests that take back what was read: members that only the server sets are ignored, not refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, pre_load


class ReadBackSchema(Schema):
    """A request schema whose ``dump_only`` fields may be sent and count for nothing; other unknown ones are refused."""

    @pre_load
    def _ignore_read_only(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        read_only = self.dump_fields.keys() - self.load_fields.keys()
        return {name: value for name, value in data.items() if name not in read_only}
