"""What may be sent as a cover, and what is made of it."""

from __future__ import annotations

# The gateway takes as much at this address and nowhere else (gateway/snippets/cover-uploads.conf).
MAXIMUM_UPLOAD_BYTES = 10 * 1024 * 1024

# How many pixels an image of each type may have: the decoder of WebP holds four copies of them, the others one.
MAXIMUM_PIXELS = {"image/jpeg": 40_000_000, "image/png": 40_000_000, "image/webp": 12_000_000}
MEDIA_TYPES = tuple(MAXIMUM_PIXELS)
MAXIMUM_SIDE = 20_000

# The longest side of each image that is kept, by its name. None is larger than what was sent.
SIDES = {"large": 1600, "medium": 400, "small": 160}
LARGE = "large"
THUMBNAILS = ("medium", "small")
