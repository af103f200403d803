"""What can be wrong with a request for authors."""

from __future__ import annotations

from servicekit.envelope import ApiError


class AuthorNotFound(ApiError):
    """No author has this id."""

    code, status, message = "author_not_found", 404, "There is no such author."


class AuthorNameTaken(ApiError):
    """Another author has the name, whatever its case."""

    code, status, message = "author_name_taken", 409, "Another author has this name."
