"""Covers in answers, and the image that is sent."""

from __future__ import annotations

from marshmallow import Schema, fields

from books_service.covers.bounds import MAXIMUM_UPLOAD_BYTES, MEDIA_TYPES, SIDES
from servicekit.file_body import FileBodySchema


class CoverThumbnailsSchema(Schema):
    """Smaller images of a cover, for lists."""

    medium = fields.String(required=True, metadata={"description": f"At most {SIDES['medium']} pixels on a side."})
    small = fields.String(required=True, metadata={"description": f"At most {SIDES['small']} pixels on a side."})


class CoverLinksSchema(Schema):
    """Where a cover is changed."""

    self_ = fields.String(required=True, data_key="self")


class CoverSchema(Schema):
    """The cover image of a book: JPEG files at addresses whose content never changes."""

    url = fields.String(required=True, metadata={"description": f"At most {SIDES['large']} pixels on a side."})
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    thumbnails = fields.Nested(CoverThumbnailsSchema, required=True)
    links = fields.Nested(CoverLinksSchema, required=True)


class CoverUploadSchema(FileBodySchema):
    """An image."""

    media_types = MEDIA_TYPES
    maximum_bytes = MAXIMUM_UPLOAD_BYTES
