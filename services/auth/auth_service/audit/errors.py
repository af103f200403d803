"""What can go wrong with the audit log."""

from __future__ import annotations


class PruningNotAllowed(Exception):
    """The database role may add to the audit log and not delete from it."""
