"""Making the images that are kept out of one that somebody sent. Pure Pillow: bytes in, bytes out.

Decoders of images are where hostile files strike, so this runs in a process of its own (``rendering_process``).
"""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image, ImageCms

from books_service.covers.bounds import LARGE, MAXIMUM_PIXELS, MAXIMUM_SIDE, SIDES

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# What a large JPEG of many scans takes while it is decoded, beside its pixels.
MAXIMUM_COEFFICIENT_BYTES = 200_000_000
QUALITY = 85
# Rows of the reduced image that are made at a time, so that no second copy of a large image is.
ROWS_AT_ONCE = 64

ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class TooManyPixels(Exception):
    """The image has more pixels than are decoded."""


class Unreadable(Exception):
    """The file is no image of its type, or a broken or an animated one."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The images made of a cover: JPEG files by the names of ``bounds.SIDES``, and the size of the largest."""

    width: int
    height: int
    files: dict[str, bytes]


def render(source: BinaryIO, media_type: str) -> Rendered:
    """Return what is kept of the image in ``source``: upright, in sRGB, on white, without any metadata.

    Raises:
        TooManyPixels: told by its header; nothing was decoded.
        Unreadable: as its name says.
        MemoryError: when decoding takes more than this process may have.
    """
    # Pillow warns of this number and refuses twice as many when it reads the header, for WebP before it takes memory.
    Image.MAX_IMAGE_PIXELS = MAXIMUM_PIXELS[media_type] // 2
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(source, formats=[FORMATS[media_type]]) as image:
            return _render(image)
    except Image.DecompressionBombError as error:
        raise TooManyPixels from error
    except (TooManyPixels, MemoryError):
        raise
    except Exception as error:
        # A broken file makes a decoder raise whatever it comes across.
        raise Unreadable(type(error).__name__) from error


def _render(image: Image.Image) -> Rendered:
    if max(image.size) > MAXIMUM_SIDE or _coefficient_bytes(image) > MAXIMUM_COEFFICIENT_BYTES:
        raise TooManyPixels
    # A JPEG may hold further pictures, as cameras make them; the first one is the picture.
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        raise Unreadable("animated")
    side = SIDES[LARGE]
    # JPEG is decoded smaller at once, in a fraction of the time and memory.
    image.draft(None, _fitting(image.size, side))
    image.load()
    upright = UPRIGHT.get(_orientation(image))
    picture = _reduced(image, max(1, max(image.size) // side))
    if upright is not None:
        picture = picture.transpose(upright)
    files: dict[str, bytes] = {}
    size = picture.size
    # From the largest on, each made of the one before.
    for name, longest in sorted(SIDES.items(), key=lambda item: -item[1]):
        picture = _fitted(picture, longest)
        files[name] = _jpeg(picture)
        if name == LARGE:
            size = picture.size
    return Rendered(*size, files)


def _coefficient_bytes(image: Image.Image) -> int:
    """Return what a JPEG of several scans takes before a pixel is made of them; 0 for any other image."""
    if "progressive" not in image.info:
        return 0
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    widest = max(horizontal * vertical for _, horizontal, vertical, _ in layers)
    share = sum(horizontal * vertical for _, horizontal, vertical, _ in layers) / widest
    return int(image.width * image.height * 2 * share)


def _orientation(image: Image.Image) -> int:
    """Return how a camera was held (EXIF), 1 where that is not told in a way that can be read."""
    with suppress(Exception):
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Return ``image`` as RGB in sRGB on white, ``factor`` times smaller, made in strips."""
    width, height = image.size
    reduced = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    transform = None
    for row in range(0, reduced.height, ROWS_AT_ONCE):
        strip = image.crop((0, row * factor, width, min(height, (row + ROWS_AT_ONCE) * factor)))
        strip = _opaque(strip).reduce(factor)
        if row == 0:
            transform = _to_srgb(image.info.get("icc_profile"), strip.mode)
        if transform is not None:
            strip = ImageCms.applyTransform(strip, transform) or strip
        reduced.paste(strip.convert("RGB"), (0, row))
    return reduced


def _opaque(strip: Image.Image) -> Image.Image:
    """Return ``strip`` in a mode without transparency, what is transparent shown on white."""
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        opaque = Image.new("RGB", strip.size, "white")
        opaque.paste(strip, mask=strip.getchannel("A"))
        return opaque
    if strip.mode.startswith("I"):
        # Grey in 16 bits, the higher of which are what is seen.
        return strip.point(lambda value: value / 256).convert("L")
    return strip if strip.mode in ("L", "RGB", "CMYK") else strip.convert("RGB")


def _to_srgb(profile: Any, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the way from the colours of an embedded profile to sRGB, None without one that can be used."""
    if not profile:
        return None
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        return ImageCms.buildTransform(io.BytesIO(profile), ImageCms.createProfile("sRGB"), mode, "RGB")
    return None


def _fitting(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return ``size`` with its longest side made ``longest``, or as it is when it is smaller."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _fitted(picture: Image.Image, longest: int) -> Image.Image:
    size = _fitting(picture.size, longest)
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)


def _jpeg(picture: Image.Image) -> bytes:
    # A new image has no metadata to write.
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return file.getvalue()
