"""Answers about versions and deletions."""

from __future__ import annotations

from marshmallow import Schema, fields

from books_service.authors.schemas import AuthorSchema
from books_service.books.schemas import BookSchema
from books_service.history.changes import KINDS
from books_service.history.representation import NOT_OF_AUTHOR_VERSIONS, NOT_OF_BOOK_VERSIONS

_WHO = "The user; null for imports, and when that account is deleted."


def _as_it_was(schema: type[Schema], left_out: frozenset[str], name: str) -> type[Schema]:
    """Return ``schema`` without the members that no version holds, under a name of its own in the document."""
    kept = {member: field for member, field in schema._declared_fields.items() if member not in left_out}
    return Schema.from_dict(kept, name=name)


BookAsItWasSchema = _as_it_was(BookSchema, NOT_OF_BOOK_VERSIONS, "BookAsItWasSchema")
AuthorAsItWasSchema = _as_it_was(AuthorSchema, NOT_OF_AUTHOR_VERSIONS, "AuthorAsItWasSchema")


class BookRevisionLinksSchema(Schema):
    """Where a version and its book are."""

    self_ = fields.String(required=True, data_key="self")
    book = fields.String(required=True)


class AuthorRevisionLinksSchema(Schema):
    """Where a version and its author are."""

    self_ = fields.String(required=True, data_key="self")
    author = fields.String(required=True)


class _RevisionSchema(Schema):
    version = fields.Integer(required=True)
    change = fields.String(required=True, metadata={"enum": list(KINDS), "description": "How it came about."})
    changed_by = fields.Integer(required=True, allow_none=True, metadata={"description": _WHO})
    changed_at = fields.DateTime(required=True)
    fields_ = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        data_key="fields",
        metadata={"description": "What differs from the version before; null when there is none to compare with."},
    )


class BookRevisionSchema(_RevisionSchema):
    """A version of a book."""

    links = fields.Nested(BookRevisionLinksSchema, required=True)


class AuthorRevisionSchema(_RevisionSchema):
    """A version of an author."""

    links = fields.Nested(AuthorRevisionLinksSchema, required=True)


class ChangedFieldSchema(Schema):
    """A member of a book or author that a version changed."""

    field = fields.String(required=True)
    old = fields.Raw(required=True, allow_none=True)
    new = fields.Raw(required=True, allow_none=True)


class BookRevisionContentSchema(BookRevisionSchema):
    """A version of a book with the book as it was then, null in the version of a deletion."""

    book = fields.Nested(BookAsItWasSchema, required=True, allow_none=True)
    changes = fields.List(fields.Nested(ChangedFieldSchema), required=True, allow_none=True)


class AuthorRevisionContentSchema(AuthorRevisionSchema):
    """A version of an author with the author as it was then, null in the version of a deletion."""

    author = fields.Nested(AuthorAsItWasSchema, required=True, allow_none=True)
    changes = fields.List(fields.Nested(ChangedFieldSchema), required=True, allow_none=True)


class DeletionLinksSchema(Schema):
    """Where the versions of what was deleted are, and where it is restored by POST."""

    revisions = fields.String(required=True)
    restore = fields.String(required=True)


class _DeletionSchema(Schema):
    id = fields.Integer(required=True)
    version = fields.Integer(required=True, metadata={"description": "The one that the deletion made."})
    deleted_by = fields.Integer(required=True, allow_none=True, metadata={"description": _WHO})
    deleted_at = fields.DateTime(required=True)
    links = fields.Nested(DeletionLinksSchema, required=True)


class DeletedBookSchema(_DeletionSchema):
    """A book that is deleted and can be restored."""

    title = fields.String(required=True)
    author = fields.String(required=True, allow_none=True)


class DeletedAuthorSchema(_DeletionSchema):
    """An author who is deleted and can be restored."""

    name = fields.String(required=True)
