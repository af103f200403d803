"""The books application: what it is made of."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, g

from books_service import cli, limits
from books_service.accounts import routes as accounts
from books_service.authors import routes as authors
from books_service.books import routes as books
from books_service.config import BooksConfig
from books_service.covers import routes as covers
from books_service.duplicates import routes as duplicates
from books_service.extensions import db, migrate
from books_service.health import routes as health
from books_service.history import routes as history
from books_service.idempotency.kept_answers import KeptAnswers
from books_service.isbns import routes as isbns
from books_service.merges import routes as merges
from books_service.reading_list import routes as reading_list
from books_service.reviews import routes as reviews
from books_service.search import models as _search_words  # noqa: F401 - migrations compare every table
from books_service.search import routes as search
from books_service.works import routes as works
from servicekit import entity_tags, idempotency, metrics_endpoint
from servicekit.application import create_application
from servicekit.blueprint import create_api

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def create_app(config: BooksConfig) -> Flask:
    """Return the books application for ``config``."""
    app = create_application(
        "books",
        config,
        database=db,
        migrate=migrate,
        migrations=MIGRATIONS,
        limiter=limits.limiter,
        limit_settings=limits.FIGURES,
    )
    app.config[entity_tags.REQUIRED] = config.require_if_match
    idempotency.init_app(app, KeptAnswers(db.session, timedelta(seconds=config.idempotency_key_ttl_seconds)))
    api = create_api(app, title="Colophon books")
    for blueprint in (
        health.blueprint,
        books.blueprint,
        search.blueprint,
        covers.blueprint,
        isbns.blueprint,
        authors.blueprint,
        works.blueprint,
        reviews.of_books,
        reviews.blueprint,
        reading_list.blueprint,
        history.books,
        history.authors,
        merges.of_authors,
        merges.of_books,
        merges.blueprint,
        duplicates.of_authors,
        duplicates.of_books,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(health.internal)
    app.register_blueprint(accounts.internal)
    app.register_blueprint(metrics_endpoint.internal)
    covers.init_app(app, config)
    app.extensions["api"] = api
    app.cli.add_command(cli.books)
    app.after_request(_keep_private)
    return app


def _keep_private(response: Response) -> Response:
    """Tell caches on the way that what a signed-in caller gets is for this caller alone (RFC 9111, section 5.2.2.7).

    A request with an API key has no Authorization where they are, which alone would keep them from storing the answer.
    """
    if "principal" in g:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
