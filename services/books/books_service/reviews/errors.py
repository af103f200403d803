"""What can be wrong with a request for reviews."""

from __future__ import annotations

from servicekit.access import Forbidden
from servicekit.envelope import ApiError


class ReviewNotFound(ApiError):
    """No review has this id."""

    code, status, message = "review_not_found", 404, "There is no such review."


class BookAlreadyReviewed(ApiError):
    """The caller has reviewed the book before."""

    code, status, message = "book_already_reviewed", 409, "You have reviewed this book; change that review."


class NotYourReview(Forbidden):
    """The caller did not write the review."""

    code, message = "not_your_review", "Only who wrote the review may change it, and only an admin else may delete it."
