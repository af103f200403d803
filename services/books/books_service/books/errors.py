"""What can be wrong with a request for books."""

from __future__ import annotations

from servicekit.access import InsufficientScope
from servicekit.envelope import ApiError


class BookNotFound(ApiError):
    """No book has this id or ISBN."""

    code, status, message = "book_not_found", 404, "There is no such book."


class IsbnAlreadyTaken(ApiError):
    """Another book has the ISBN."""

    code, status, message = "isbn_already_taken", 409, "Another book has this ISBN."


class NotYourBook(InsufficientScope):
    """The caller neither added the book nor curates the catalogue."""

    code, message = "not_your_book", "Only who added the book, a librarian or an admin may change it."
