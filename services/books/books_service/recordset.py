"""Many rows for one statement: sent as one JSON value, read by the database as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table, cast, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import NamedFromClause


def recordset(table: Table, rows: Sequence[Mapping[str, Any]]) -> NamedFromClause:
    """Return ``rows``, all with the same columns of ``table``, as something to select from.

    One round trip whatever the number of rows; the driver's own way takes one for each as soon as a statement does more
    than insert.
    """
    columns: list[Column[Any]] = [Column(name, table.c[name].type) for name in rows[0]]
    return (
        func.jsonb_to_recordset(cast([dict(row) for row in rows], JSONB))
        .table_valued(*columns, name="given")
        .render_derived(with_types=True)
    )
