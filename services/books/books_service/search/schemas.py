"""What a search says about itself, and what is suggested to who types one."""

from __future__ import annotations

from marshmallow import Schema, fields

from books_service.search.query import MAXIMUM_SEARCH_CHARACTERS
from books_service.search.suggestions import MAXIMUM_SUGGESTIONS
from servicekit.fields import QueryNumber, Text

DEFAULT_SUGGESTIONS = 10


class SearchSchema(Schema):
    """How a search was read."""

    corrected_to = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The text that was searched for in place of one that finds nothing."},
    )
    did_you_mean = fields.String(
        required=True, allow_none=True, metadata={"description": "Another text, which finds what may be meant."}
    )
    relaxed = fields.Boolean(
        required=True,
        metadata={"description": "Whether no book holds all words, and those that hold all but one or two are listed."},
    )


class SuggestionQuerySchema(Schema):
    """What is being typed."""

    q = Text(
        maximum=MAXIMUM_SEARCH_CHARACTERS,
        multiline=True,
        required=True,
        metadata={"description": "Case and accents do not count. Blank gives nothing."},
    )
    limit = QueryNumber(
        minimum=1,
        maximum=MAXIMUM_SUGGESTIONS,
        load_default=DEFAULT_SUGGESTIONS,
        metadata={"description": "How many at most."},
    )


class SuggestionLinksSchema(Schema):
    """Where a suggestion leads."""

    self_ = fields.String(required=True, data_key="self", metadata={"description": "The book or the author."})


class SuggestionSchema(Schema):
    """A title or an author that may be meant."""

    kind = fields.String(required=True, metadata={"enum": ["title", "author"]})
    text = fields.String(required=True, metadata={"description": "The title, or the name of the author."})
    author = fields.String(
        required=True, allow_none=True, metadata={"description": "The authors of the book; null for an author."}
    )
    id = fields.Integer(
        required=True, metadata={"description": "Of the most popular book with that title, or of the author."}
    )
    links = fields.Nested(SuggestionLinksSchema, required=True)


class SuggestionsSchema(Schema):
    """What may be meant, the most popular first."""

    suggestions = fields.List(fields.Nested(SuggestionSchema), required=True)
