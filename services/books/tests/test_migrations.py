"""The migrations: one line of them, both ways, and the same tables as the models."""

from __future__ import annotations

from contextlib import closing

import flask_migrate
import psycopg2
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text

from books_service.app import MIGRATIONS, create_app
from books_service.config import BooksConfig
from books_service.extensions import SCHEMA, db
from servicekit import env
from servicekit.migrations import differences
from servicekit.testing.plugin import create_worker_database


@pytest.fixture(name="owner_app")
def _owner_app(servers, worker_number, service_environment):
    """The application as the owner of the schema, on a database of its own without tables."""
    name = f"books_migrations_{worker_number}"
    create_worker_database(servers, name)
    environment = service_environment(SCHEMA, "owner")
    environment["BOOKS_DATABASE_URL"] = environment["BOOKS_DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    app = create_app(env.load(BooksConfig, environment))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_there_is_one_line_of_numbered_migrations():
    script = ScriptDirectory(str(MIGRATIONS))
    revisions = [revision.revision for revision in script.walk_revisions()][::-1]

    assert len(script.get_heads()) == 1
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    for revision in script.walk_revisions():
        assert revision.path.rpartition("/")[2].startswith(f"{revision.revision}_")


def test_migrations_go_up_and_down_and_up_again(owner_app):
    flask_migrate.upgrade()
    upgraded = set(inspect(db.engine).get_table_names(SCHEMA))
    flask_migrate.downgrade(revision="base")
    assert inspect(db.engine).get_table_names(SCHEMA) == ["migrations"]
    flask_migrate.upgrade()

    assert set(inspect(db.engine).get_table_names(SCHEMA)) == upgraded >= {"books", "authors", "book_authors"}


def test_books_that_are_there_are_found_by_their_words_afterwards(owner_app):
    flask_migrate.upgrade(revision="0004")
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "WITH book AS (INSERT INTO books.books (title, title_key, search_key, subjects, ratings_count)"
                " VALUES ('D\u00fcne', 'dune', 'dune frank herbert', '{Sand}', 5) RETURNING id),"
                " author AS (INSERT INTO books.authors (name, name_normalized, name_key)"
                " VALUES ('Frank Herbert', 'frank herbert', 'frank herbert') RETURNING id)"
                " INSERT INTO books.book_authors (book_id, position, author_id)"
                " SELECT book.id, 0, author.id FROM book, author"
            )
        )
    flask_migrate.upgrade(revision="0005")
    with db.engine.connect() as connection:
        row = connection.execute(text("SELECT search_vector, popularity, version FROM books.books")).one()
        words = connection.execute(text("SELECT word FROM books.search_words")).scalars().all()
    assert row == (
        "'a:frank':12B 'a:herbert':13B 'dune':1A 'frank':12B 'herbert':13B 's:sand':24C 'sand':24C 't:dune':1A",
        5,
        1,
    )
    assert sorted(words) == ["dune", "frank", "herbert", "sand"]
    flask_migrate.downgrade(revision="0004")
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT search_key FROM books.books")).scalar_one() == "dune frank herbert"


def test_models_are_what_the_migrations_make(owner_app):
    flask_migrate.upgrade()

    assert differences(db, SCHEMA) == []
    with db.engine.connect() as connection:
        assert checks_in(connection) == checks_of_models()


def test_every_table_counts_its_changes_and_says_when():
    for table in db.metadata.tables.values():
        assert {"version", "created_at", "updated_at"} <= set(table.columns.keys()), table.name
        assert not any(table.c[name].nullable for name in ("version", "created_at", "updated_at")), table.name


def checks_in(connection):
    """Return the names of the check constraints by table; Alembic does not compare them."""
    inspector = inspect(connection)
    return {
        (table, check["name"])
        for table in inspector.get_table_names(SCHEMA)
        for check in inspector.get_check_constraints(table, schema=SCHEMA)
    }


def checks_of_models():
    return {
        (table.name, constraint.name)
        for table in db.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE books.more (id int)",
        "ALTER TABLE books.books ADD COLUMN more int",
        "DROP TABLE books.book_authors",
        "TRUNCATE books.books",
        "CREATE INDEX ON books.books (year)",
        "SELECT * FROM auth.users",
        "SELECT nspname FROM pg_namespace, auth.migrations",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine (id int)",
    ],
)
def test_service_role_may_not_define_anything_nor_see_the_other_schema(app, servers, worker_number, statement):
    with (
        closing(servers.connect(f"books_{worker_number}", "books_service")) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(statement)
