"""The addresses of covers."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app

from books_service import limits
from books_service.books import queries as books
from books_service.config import BooksConfig
from books_service.covers import operations
from books_service.covers.errors import CoverNotFound
from books_service.covers.isolation import Renderer
from books_service.covers.representation import cover_representation
from books_service.covers.schemas import CoverSchema, CoverUploadSchema
from books_service.covers.storage import CoverStore
from books_service.extensions import db
from servicekit.access import PUBLIC, access, current_principal
from servicekit.blueprint import Answer, Blueprint
from servicekit.entity_tags import entity_tag, requested_if_match
from servicekit.file_body import FILE_BODY

blueprint = Blueprint("covers", __name__, url_prefix="/api/v1/books", description="Cover images of books.")


@blueprint.route("/<id:book_id>/cover")
@access(PUBLIC)
@limits.reads
@blueprint.alt_response(308, response="Failure")
@blueprint.response(200, CoverSchema)
def show_cover(book_id: int) -> Answer:
    """Show where the images of a book's cover are

    The book itself shows the same. The ETag names the version of the book.
    """
    return _answer(book_id)


@blueprint.route("/<id:book_id>/cover", methods=["PUT"])
@access("books:write")
@limits.cover_uploads
@blueprint.arguments(CoverUploadSchema, location=FILE_BODY)
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(200, CoverSchema)
def set_cover(values: dict[str, Any], book_id: int) -> Answer:
    """Give a book a cover

    For who added the book, and for holders of books:curate. The body is the image, to 10 MiB; JPEG and PNG have at most
    40 million pixels, WebP 12 million. It is made anew: upright, without metadata, as JPEG in three sizes. The ETag is
    that of the book, of which this makes a new version; with If-Match, only the version that it names is changed.
    """
    principal = current_principal()
    operations.set_cover(
        db.session,
        principal.user_id,
        principal.scopes,
        book_id,
        values["content"],
        values["media_type"],
        renderer=current_app.extensions["cover_renderer"],
        store=current_app.extensions["cover_store"],
        if_match=requested_if_match(),
    )
    return _answer(book_id)


@blueprint.route("/<id:book_id>/cover", methods=["DELETE"])
@access("books:write")
@limits.writes
@blueprint.alt_response(409, response="Failure")
@blueprint.alt_response(412, response="Failure")
@blueprint.response(204)
def remove_cover(book_id: int) -> None:
    """Take the cover off a book

    For who added the book, and for holders of books:curate. With If-Match, only the version of the book that it names
    is changed.
    """
    principal = current_principal()
    operations.remove_cover(db.session, principal.user_id, principal.scopes, book_id, if_match=requested_if_match())


def init_app(app: Flask, config: BooksConfig) -> None:
    """Give ``app`` the folder of covers and what renders them."""
    app.extensions["cover_store"] = CoverStore(config.covers_dir)
    # As many connections to the database as threads.
    app.extensions["cover_renderer"] = Renderer(at_once=max(1, config.database_pool_size // 2))


def _answer(book_id: int) -> Answer:
    book = books.get_book(db.session, book_id)
    cover = cover_representation(book)
    if cover is None:
        raise CoverNotFound
    return Answer(cover, headers=entity_tag(book["version"]))
