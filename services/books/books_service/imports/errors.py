"""Why an import cannot begin or go on; what is wrong with single rows is a finding, not an error."""

from __future__ import annotations


class ImportImpossible(Exception):
    """Nothing can be imported; the message says why."""


class ImportRunning(ImportImpossible):
    """Another import of this service has not ended."""

    def __init__(self) -> None:
        super().__init__("Another import is running; wait for its end and try again.")


class ImportInterrupted(Exception):
    """The database is away or too busy; what is stored stays, and the next run finds it unchanged.

    Args:
        error: what the database layer raised.
        stored_rows: how many rows of the file are known to be stored.
    """

    def __init__(self, error: Exception, stored_rows: int) -> None:
        # The first line alone: those that follow may show what rows hold.
        reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        super().__init__(
            f"The import broke off: {reason}\n{stored_rows:,} rows are stored; run it again, and it goes on after them."
        )
