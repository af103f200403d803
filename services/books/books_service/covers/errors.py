"""What can be wrong with a cover."""

from __future__ import annotations

from books_service.covers.bounds import MAXIMUM_PIXELS, MAXIMUM_SIDE
from servicekit.envelope import ApiError, ServiceUnavailable


class CoverNotFound(ApiError):
    """The book has no cover."""

    code, status, message = "cover_not_found", 404, "This book has no cover."


class CoverUnreadable(ApiError):
    """The body is no image of the type that it is said to be, or a broken or an animated one."""

    code, status = "cover_unreadable", 422
    message = "The body is not a whole, still image of the type that Content-Type names."


class CoverTooManyPixels(ApiError):
    """The image would take too much memory, which its header tells before anything is decoded."""

    code, status = "cover_too_many_pixels", 422
    message = (
        f"An image has at most {MAXIMUM_PIXELS['image/jpeg'] // 1_000_000} million pixels, WebP "
        f"{MAXIMUM_PIXELS['image/webp'] // 1_000_000} million, and {MAXIMUM_SIDE} on a side."
    )


class CoversBusy(ServiceUnavailable):
    """As many covers as may be worked on at a time are, or the folder of covers takes none."""

    message = "Covers cannot be taken right now; try again soon."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})
