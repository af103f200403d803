"""What can be wrong with a request for works."""

from __future__ import annotations

from servicekit.envelope import ApiError, ValidationFailed


class WorkNotFound(ApiError):
    """No work has this id."""

    code, status, message = "work_not_found", 404, "There is no such work."


class WorkUnknown(ValidationFailed):
    """A book names a work that does not exist, or no longer does."""

    def __init__(self) -> None:
        super().__init__(details={"work_id": ["There is no such work."]})
