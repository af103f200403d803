"""What a piece of work sends to the database, for tests that keep budgets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

# A test runs inside a transaction of its own, so the product's transactions are savepoints.
BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@contextlib.contextmanager
def statements_run(engine: Engine | Connection) -> Iterator[list[str]]:
    """Yield a list that fills with the statements that ``engine`` runs meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(BOOKKEEPING):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
