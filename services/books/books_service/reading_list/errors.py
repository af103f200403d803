"""What can be wrong with a request for a reading list."""

from __future__ import annotations

from servicekit.envelope import ApiError


class EntryNotFound(ApiError):
    """The caller's reading list has no entry of this id; whether somebody else's has is not told."""

    code, status, message = "reading_list_entry_not_found", 404, "There is no such entry in your reading list."


class BookAlreadyListed(ApiError):
    """The book is in the caller's reading list."""

    code, status, message = "book_already_listed", 409, "The book is in your reading list; change that entry."
