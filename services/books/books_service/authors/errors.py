"""What can be wrong with a request for authors."""

from __future__ import annotations

from servicekit.envelope import ApiError


class AuthorNotFound(ApiError):
    """No author has this id."""

    code, status, message = "author_not_found", 404, "There is no such author."


class AuthorInUse(ApiError):
    """Books name the author, so that the author cannot be deleted."""

    code, status, message = "author_in_use", 409, "Books name this author; change or delete them first."


class AuthorNameTaken(ApiError):
    """Another author has the name, or a variant that is equal to it, whatever its case."""

    code, status, message = "author_name_taken", 409, "Another author has this name, or one of these names."
