"""Images to send, and the folder that covers are kept in."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image


@pytest.fixture(name="picture")
def _picture():
    """Return a function that makes an image file: ``picture("PNG", size=(300, 450), mode="RGB", colour="red")``."""

    def make(form: str = "JPEG", *, size=(300, 450), mode="RGB", colour: Any = "red", **options: Any) -> bytes:
        file = io.BytesIO()
        Image.new(mode, size, colour).save(file, form, **options)
        return file.getvalue()

    return make


@pytest.fixture(name="claimed_png")
def _claimed_png():
    """Return a function that makes a small PNG file whose header tells the size given."""

    def make(width: int, height: int) -> bytes:
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
            for kind, content in chunks
        )

    return make


@pytest.fixture(name="covers_dir")
def _covers_dir(app) -> Path:
    return app.extensions["cover_store"].folder


@pytest.fixture(name="send")
def _send(client, member):
    """Return a function that sends the cover of a book: ``send(book_id, content, "image/png", **headers)``."""

    def put(book_id: int, content: bytes, media_type: str = "image/jpeg", headers=None, **more: str):
        return client.put(
            f"/api/v1/books/{book_id}/cover",
            data=content,
            content_type=media_type,
            headers={**(headers or member), **{name.replace("_", "-"): value for name, value in more.items()}},
        )

    return put
