"""The address where what is being typed is completed."""

from __future__ import annotations

from typing import Any

from books_service import limits
from books_service.extensions import db
from books_service.search.representation import suggestion_representation
from books_service.search.schemas import SuggestionQuerySchema, SuggestionsSchema
from books_service.search.suggestions import suggestions
from servicekit.access import PUBLIC, access
from servicekit.blueprint import Blueprint

blueprint = Blueprint(
    "suggestions", __name__, url_prefix="/api/v1/books/suggestions", description="Searches completed while typing."
)


@blueprint.route("")
@access(PUBLIC)
@limits.reads
@blueprint.arguments(SuggestionQuerySchema, location="query")
@blueprint.response(200, SuggestionsSchema)
def suggest_books(arguments: dict[str, Any]) -> dict[str, Any]:
    """Complete what is being typed: titles and authors

    Those with words that begin as `q` does, the most popular first. The last word may be the beginning of one, the
    others are whole.
    """
    found = suggestions(db.session, arguments["q"], arguments["limit"])
    return {"suggestions": [suggestion_representation(suggestion) for suggestion in found]}
