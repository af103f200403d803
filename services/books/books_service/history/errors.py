"""What can be wrong with a request for versions and deletions."""

from __future__ import annotations

from servicekit.envelope import ApiError


class RevisionNotFound(ApiError):
    """The book or author has no such version that is known."""

    code, status, message = "revision_not_found", 404, "There is no such version."


class NotDeleted(ApiError):
    """What is to be restored is there."""

    code, status, message = "not_deleted", 409, "It is not deleted."


class NothingToRevertTo(ApiError):
    """The version is that of a deletion."""

    code, status, message = "nothing_to_revert_to", 409, "This version is a deletion; it has nothing to go back to."
