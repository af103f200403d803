"""Which reviews a list holds: the table of its filters."""

from __future__ import annotations

from books_service.filter_terms import figures, ids, times
from books_service.reviews.models import HIGHEST_RATING, LOWEST_RATING, Review
from servicekit.filters import Filters, known

_OF_ANY_LIST = {
    "id": ids(Review.id),
    "rating": figures(Review.rating, LOWEST_RATING, HIGHEST_RATING),
    "text": known(Review.text),
    "created_at": times(Review.created_at),
    "updated_at": times(Review.updated_at),
}
BOOK_REVIEW_FILTERS = Filters({**_OF_ANY_LIST, "user_id": ids(Review.user_id, "The member who wrote it.")})
REVIEW_FILTERS = Filters(
    {
        **_OF_ANY_LIST,
        "user_id": ids(Review.user_id, "The member who wrote it."),
        "book_id": ids(Review.book_id, "The book that it is about."),
    }
)
