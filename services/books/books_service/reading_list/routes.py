"""The addresses of reading lists: everybody's own, and nobody else's."""

from __future__ import annotations

from typing import Any

from flask import Response

from books_service import limits
from books_service.extensions import db
from books_service.reading_list import operations, queries
from books_service.reading_list.filters import entry_conditions
from books_service.reading_list.representation import entry_representation
from books_service.reading_list.schemas import (
    EntryCreateSchema,
    EntrySchema,
    EntryUpdateSchema,
    ReadingListQuerySchema,
)
from servicekit.access import access, current_principal
from servicekit.answering import answer_once
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import requested_if_match
from servicekit.lists import ListPage, ListPaginationSchema, list_request
from servicekit.pagination import sort_keys

READ = "reading_list:read"
WRITE = "reading_list:write"

blueprint = Blueprint(
    "reading list",
    __name__,
    url_prefix="/api/v1/reading-list",
    description="What one reads, has read or means to read; nobody else sees it.",
)


@blueprint.route("")
@access(READ)
@limits.reads
@blueprint.arguments(ReadingListQuerySchema, location="query")
@blueprint.response(200, EntrySchema(many=True), pagination=ListPaginationSchema)
def list_reading_list_entries(arguments: dict[str, Any]) -> ListPage:
    """List one's own reading list, newest first unless a sort is given

    Sorts are title, finished, started_on, finished_on, created_at, updated_at and id.
    """
    order = sort_keys(arguments, queries.SORTS, queries.NEWEST_FIRST)
    user_id = current_principal().user_id
    page = queries.list_entries(db.session, user_id, entry_conditions(arguments), order, list_request(arguments))
    return page.mapped(entry_representation)


@blueprint.route("", methods=["POST"])
@access(WRITE)
@limits.writes
@blueprint.arguments(EntryCreateSchema)
@blueprint.alt_response(404, response="Failure")
@blueprint.alt_response(409, response="Failure")
@blueprint.response(201, EntrySchema)
def create_reading_list_entry(values: dict[str, Any]) -> Response:
    """Put a book into one's reading list, each book once"""
    user_id = current_principal().user_id
    return answer_once(
        lambda keep: operations.create_entry(db.session, user_id, values, before_commit=keep),
        lambda entry_id: _answer(entry_id, {"Location": f"/api/v1/reading-list/{entry_id}"}),
    )


@blueprint.route("/<id:entry_id>")
@access(READ)
@limits.reads
@blueprint.response(200, EntrySchema)
def show_reading_list_entry(entry_id: int) -> Answer:
    """Show an entry of one's reading list; somebody else's is not found

    The ETag names its version, for If-Match.
    """
    return _answer(entry_id)


@blueprint.route("/<id:entry_id>", methods=["PUT"])
@access(WRITE)
@limits.writes
@blueprint.arguments(EntryUpdateSchema)
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, EntrySchema)
def update_reading_list_entry(values: dict[str, Any], entry_id: int) -> Answer:
    """Change an entry of one's reading list; members that are absent stay

    What was read can be sent back. With If-Match, only the version that it names is changed.
    """
    return _update(entry_id, values)


@blueprint.route("/<id:entry_id>", methods=["PATCH"])
@access(WRITE)
@limits.writes
@blueprint.arguments(EntryUpdateSchema)
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, EntrySchema)
def patch_reading_list_entry(values: dict[str, Any], entry_id: int) -> Answer:
    """Change an entry of one's reading list by JSON Merge Patch (RFC 7396)

    With If-Match, only the version that it names is changed.
    """
    return _update(entry_id, values)


@blueprint.route("/<id:entry_id>", methods=["DELETE"])
@access(WRITE)
@limits.writes
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def delete_reading_list_entry(entry_id: int) -> None:
    """Take a book off one's reading list

    With If-Match, only the version that it names is deleted.
    """
    operations.delete_entry(db.session, current_principal().user_id, entry_id, if_match=requested_if_match())


def _update(entry_id: int, values: dict[str, Any]) -> Answer:
    operations.update_entry(db.session, current_principal().user_id, entry_id, values, if_match=requested_if_match())
    return _answer(entry_id)


def _answer(entry_id: int, headers: dict[str, str] | None = None) -> Answer:
    shown = entry_representation(queries.get_entry(db.session, current_principal().user_id, entry_id))
    return Answer(shown, headers={"ETag": shown["etag"], **(headers or {})})
