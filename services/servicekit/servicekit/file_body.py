"""Bodies that are a file: the type and the length are checked, the content is handed on as a stream."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import Request
from marshmallow import Schema, fields

from servicekit.envelope import UnsupportedMediaType

# A location of arguments, as webargs has them.
FILE_BODY = "file_body"


class FileBodySchema(Schema):
    """Describes a body that is a file: of which ``media_types``, with at most how many bytes.

    It loads into ``content``, a stream that can be read once, and ``media_type``.
    """

    media_types: ClassVar[tuple[str, ...]]
    maximum_bytes: ClassVar[int]

    content = fields.Raw(required=True)
    media_type = fields.String(required=True)


def read_file_body(request: Request, schema: FileBodySchema) -> dict[str, Any]:
    """Return the stream and the type of a body.

    Raises:
        UnsupportedMediaType: another type than those of ``schema``.
        RequestEntityTooLarge: when it is, or proves to be while it is read, larger than ``schema`` allows.
    """
    if request.mimetype not in schema.media_types:
        raise UnsupportedMediaType(f"The body must be sent as {', '.join(schema.media_types)}.")
    request.max_content_length = schema.maximum_bytes
    return {"content": request.stream, "media_type": request.mimetype}


def file_body_document(schema: FileBodySchema) -> dict[str, Any]:
    """Return the ``requestBody`` of OpenAPI 3.1 for a body that is a file."""
    return {"required": True, "content": {media_type: {"schema": {}} for media_type in schema.media_types}}
