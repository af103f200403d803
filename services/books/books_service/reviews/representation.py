"""A review as clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servicekit.entity_tags import row_tag


def review_representation(review: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``queries.get_review`` as the API shows it."""
    book = f"/api/v1/books/{review['book_id']}"
    return {
        "id": review["id"],
        "book": {"id": review["book_id"], "title": review["book_title"], "author": review["book_author"]},
        "reviewer": {"id": review["user_id"], "name": review["reviewer_name"]},
        "rating": review["rating"],
        "text": review["text"],
        "created_at": review["created_at"],
        "updated_at": review["updated_at"],
        "version": review["version"],
        "etag": review_tag(review),
        "links": {
            "self": f"/api/v1/reviews/{review['id']}",
            "book": book,
            "reviews": f"{book}/reviews",
            "reviewer": f"/api/v1/reviews?user_id={review['user_id']}",
        },
    }


def review_tag(review: Mapping[str, Any]) -> str:
    """Return the entity tag of a row of ``queries.get_review``."""
    return row_tag(review["version"], [review["book_title"], review["book_author"], review["reviewer_name"]])
