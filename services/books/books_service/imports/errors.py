"""Why an import cannot begin; what is wrong with single rows is a finding, not an error."""

from __future__ import annotations


class ImportImpossible(Exception):
    """Nothing can be imported; the message says why."""


class ImportRunning(ImportImpossible):
    """Another import of this service has not ended."""

    def __init__(self) -> None:
        super().__init__("Another import is running; wait for its end and try again.")
