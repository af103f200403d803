"""One import at a time: two of the same file would both find its rows new."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from books_service.imports.errors import ImportRunning

LOCK_KEY = zlib.crc32(b"books import")


@contextmanager
def only_import(engine: Engine) -> Iterator[None]:
    """Hold the lock of imports; it ends with the connection, whatever becomes of the process.

    Raises:
        ImportRunning: when another process holds it.
    """
    # Outside of a transaction, which would be ended for being idle.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(select(func.pg_try_advisory_lock(LOCK_KEY))).scalar_one():
            raise ImportRunning
        try:
            yield
        finally:
            # A lost connection has lost the lock, too, and is not to hide why the import ends.
            with suppress(DBAPIError):
                connection.execute(select(func.pg_advisory_unlock(LOCK_KEY)))
