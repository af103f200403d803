"""Fixtures of the books service's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from books_service.app import create_app
from books_service.books import operations
from books_service.books.contributors import Contributor
from books_service.config import BooksConfig
from books_service.extensions import SCHEMA, db
from books_service.history.models import Revision
from books_service.history.snapshots import AUTHOR, BOOK
from servicekit import env
from servicekit.testing.contract import ContractClient
from servicekit.testing.tokens import TokenFactory


def build(environment: dict[str, str]) -> Flask:
    """Return the application for an environment."""
    covers_dir = Path(environment["COLOPHON_SIGNING_KEYS_DIR"]).parent / "covers"
    covers_dir.mkdir(exist_ok=True)
    app = create_app(replace(env.load(BooksConfig, environment), covers_dir=covers_dir))
    app.test_client_class = ContractClient
    return app


@pytest.fixture(scope="session")
def scopes_by_role() -> dict[str, str]:
    """Return the scopes of this service that the roles have."""
    of_a_user = "books:read books:write reviews:write reading_list:read reading_list:write"
    return {
        "user": of_a_user,
        "librarian": f"{of_a_user} books:curate books:import",
        "admin": f"{of_a_user} books:curate books:import books:admin",
    }


@pytest.fixture(scope="session", name="app")
def _app(migrated_app: Callable[[str, Callable[[dict[str, str]], Flask]], Flask]) -> Flask:
    return migrated_app(SCHEMA, build)


@pytest.fixture(scope="session", name="database")
def _database() -> SQLAlchemy:
    return db


@pytest.fixture(name="complete_history")
def _complete_history(app: Flask, rolled_back: SQLAlchemy) -> Iterator[None]:
    """Holds every test to it: whatever made a new version of a book or author has kept the one before."""
    yield
    with app.app_context():
        for entity in (BOOK, AUTHOR):
            table = entity.table
            kept = (
                select(func.count())
                .where(Revision.entity == entity.name, Revision.entity_id == table.c.id)
                .correlate(table)
                .scalar_subquery()
            )
            lost = db.session.execute(select(table.c.id, table.c.version, kept).where(table.c.version != 1 + kept))
            assert lost.all() == [], f"{entity.name}: (id, version, versions kept)"


@pytest.fixture(name="client")
def _client(app: Flask, rolled_back: SQLAlchemy, empty_redis: None, complete_history: None) -> FlaskClient:
    return app.test_client()


@pytest.fixture(name="session")
def _session(app: Flask, rolled_back: SQLAlchemy, complete_history: None) -> Iterator[Any]:
    """A session whose commits end with the test."""
    with app.app_context():
        yield db.session


@pytest.fixture(name="member")
def _member(tokens: TokenFactory) -> dict[str, str]:
    """Headers of the user 1, who has no special rights."""
    return tokens.headers(1)


@pytest.fixture(name="other_member")
def _other_member(tokens: TokenFactory) -> dict[str, str]:
    return tokens.headers(2)


@pytest.fixture(name="librarian")
def _librarian(tokens: TokenFactory) -> dict[str, str]:
    return tokens.headers(3, "librarian")


@pytest.fixture(name="admin")
def _admin(tokens: TokenFactory) -> dict[str, str]:
    return tokens.headers(4, "admin")


def _made_book(title: str = "Title", *authors: str, user_id: int = 1, **values: Any) -> int:
    contributors = [Contributor(name) for name in authors]
    return operations.create_book(
        db.session, user_id, {"title": title, "authors": contributors, **values}, "reject"
    ).book_id


@pytest.fixture(name="make_book")
def _make_book(app: Flask, rolled_back: SQLAlchemy) -> Callable[..., int]:
    """Stores a book of user 1, ``make_book(title, *author_names, **columns)``, and returns its id."""

    def make(*args: Any, **kwargs: Any) -> int:
        with app.app_context():
            return _made_book(*args, **kwargs)

    return make


@pytest.fixture(name="make_lasting_book")
def _make_lasting_book(app: Flask, truncated: None) -> Callable[..., int]:
    """Does as ``make_book`` with a real commit, for tests of several threads."""

    def make(*args: Any, **kwargs: Any) -> int:
        with app.app_context():
            return _made_book(*args, **kwargs)

    return make


@pytest.fixture(name="at_once")
def _at_once(app: Flask, truncated: None) -> Callable[..., list[Any]]:
    """Runs functions at the same moment, each in its own thread and session, and returns results or exceptions."""

    def run(*functions: Callable[[], Any]) -> list[Any]:
        barrier = threading.Barrier(len(functions))

        def work(function: Callable[[], Any]) -> Any:
            with app.app_context():
                barrier.wait(timeout=10)
                try:
                    return function()
                except Exception as error:
                    return error

        with ThreadPoolExecutor(len(functions)) as pool:
            return [future.result(timeout=20) for future in [pool.submit(work, function) for function in functions]]

    return run
