"""Migrations run one at a time, in their own schema, and never behind a long lock."""

from __future__ import annotations

import threading
import zlib
from contextlib import closing

import flask_migrate
import psycopg2
import pytest
import sqlalchemy as sa

from servicekit import database as kit
from servicekit.database import bound_socket_waits, wait_without_bound
from servicekit.migrations import differences

# Tests that run at the same time lock in databases of their own on the same server.
OWN_DATABASE = "(SELECT oid FROM pg_database WHERE datname = current_database())"

ENVIRONMENT = """
from flask import current_app

from servicekit import migrations

migrations.run(current_app.extensions["migrate"].db, "books")
"""

FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade():
    op.create_table("migrated", sa.Column("settings", sa.Text), schema="books")
    op.execute(sa.text(
        "INSERT INTO books.migrated"
        " SELECT current_setting('lock_timeout') || ' ' || current_setting('statement_timeout')"
    ))
    op.execute(sa.text("SELECT pg_sleep(%s)"))


def downgrade():
    op.drop_table("migrated", schema="books")
"""


@pytest.fixture
def folder(tmp_path):
    """Return the migrations folder of this test's applications, with one migration in it."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\n")
    (folder / "env.py").write_text(ENVIRONMENT)
    (folder / "versions" / "0001_first.py").write_text(FIRST % 0)
    return folder


@pytest.fixture
def look(servers, database_name):
    """Return a function that asks the database as its superuser; undo every migration afterwards."""

    def ask(statement):
        with closing(servers.connect(database_name)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    yield ask
    with closing(servers.connect(database_name)) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS books.migrated, books.migrations, auth.of_another_service")


def upgrade(app):
    with app.app_context():
        flask_migrate.upgrade()


def test_migration_runs_in_the_schema_of_the_service_and_once(make_app, folder, look):
    app = make_app()
    upgrade(app)
    upgrade(app)

    assert look("SELECT version_num FROM books.migrations") == [("0001",)]
    assert look("SELECT count(*) FROM books.migrated") == [(1,)]


def test_migration_has_a_short_wait_for_locks_and_a_long_one_for_statements(make_app, folder, look):
    upgrade(make_app())

    assert look("SELECT settings FROM books.migrated") == [("5s 10min",)]


def test_migration_leaves_no_lock_and_no_setting_behind(make_app, folder, look, database):
    app = make_app()
    upgrade(app)

    assert look(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = {OWN_DATABASE}") == [(0,)]
    with app.app_context():
        assert database.session.execute(sa.text("SHOW statement_timeout")).scalar() == "5s"


def test_migration_that_fails_leaves_nothing_behind(make_app, folder, look):
    broken = (folder / "versions" / "0001_first.py").read_text().replace("pg_sleep", "pg_no_such_function")
    (folder / "versions" / "0001_first.py").write_text(broken)
    with pytest.raises(sa.exc.ProgrammingError):
        upgrade(make_app())

    assert look("SELECT to_regclass('books.migrated'), to_regclass('books.migrations')") == [(None, None)]
    assert look(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = {OWN_DATABASE}") == [(0,)]


def test_second_of_two_migrators_waits_however_long(make_app, folder, look, servers, database_name, monkeypatch):
    """The time limits of requests hold for a new connection, and must not end the wait for the first migrator."""
    monkeypatch.setattr(kit, "LOCK_TIMEOUT_MS", 100)
    monkeypatch.setattr(kit, "STATEMENT_TIMEOUT_MS", 200)
    with closing(servers.connect(database_name)) as first, first.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [zlib.crc32(b"migrate books")])
        timer = threading.Timer(0.5, first.close)
        timer.start()
        upgrade(make_app())
        timer.join()

    assert look("SELECT count(*) FROM books.migrated") == [(1,)]


def test_migration_may_take_longer_than_the_bound_of_requests(make_app, folder, look):
    """The migration job starts the same module as the service, which bounds every wait."""
    (folder / "versions" / "0001_first.py").write_text(FIRST % 0.5)
    bound_socket_waits(0.2, 0.2)
    try:
        upgrade(make_app())
        assert psycopg2.extensions.get_wait_callback() is None
    finally:
        wait_without_bound()

    assert look("SELECT count(*) FROM books.migrated") == [(1,)]


def test_models_are_compared_with_the_own_schema_only(make_app, folder, look, database):
    app = make_app()
    upgrade(app)
    look("CREATE TABLE auth.of_another_service () ; SELECT 1")
    sa.Table("migrated", database.metadata, sa.Column("settings", sa.Text))

    with app.app_context():
        assert differences(database, "books") == []
        sa.Table("missing", database.metadata, sa.Column("n", sa.Integer))
        assert [step[0] for step in differences(database, "books")] == ["add_table"]
