"""The migrations: one line of them, both ways, and the same tables as the models."""

from __future__ import annotations

import re
from contextlib import closing

import flask_migrate
import psycopg2
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, func, inspect, select, text

from auth_service.app import MIGRATIONS
from auth_service.extensions import SCHEMA, db
from auth_service.users.models import User
from servicekit.migrations import differences
from servicekit.testing.plugin import create_worker_database

ONLY_ADDED_TO = {"audit_events"}


@pytest.fixture(name="owner_app")
def _owner_app(servers, worker_number, service_environment, build_app):
    """The application as the owner of the schema, on a database of its own without tables."""
    name = f"auth_migrations_{worker_number}"
    create_worker_database(servers, name)
    environment = service_environment(SCHEMA, "owner")
    environment["AUTH_DATABASE_URL"] = environment["AUTH_DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    app = build_app(environment)
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

    assert set(inspect(db.engine).get_table_names(SCHEMA)) == upgraded >= {"users", "sessions", "refresh_tokens"}


def test_names_of_the_accounts_that_are_there_are_told(owner_app):
    flask_migrate.upgrade(revision="0005")
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO auth.users (email, email_normalized, username, username_normalized, name, password_hash) "
                "VALUES ('a', 'a', 'ada', 'ada', 'Ada', ''), ('b', 'b', 'ben', 'ben', NULL, ''), "
                "('c', 'c', NULL, NULL, NULL, '')"
            )
        )
    flask_migrate.upgrade()

    with db.engine.connect() as connection:
        events = connection.execute(
            text("SELECT kind, user_id, payload, event_id FROM auth.account_events ORDER BY id")
        )
        rows = [tuple(row) for row in events]
    assert [row[:3] for row in rows] == [
        ("account_renamed", 1, {"display_name": "Ada"}),
        ("account_renamed", 2, {"display_name": "ben"}),
    ]
    assert all(re.fullmatch("[0-9a-f]{32}", row[3]) for row in rows)


def test_new_installation_has_no_account_that_somebody_else_could_know(owner_app):
    flask_migrate.upgrade()

    assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_models_are_what_the_migrations_make(owner_app):
    flask_migrate.upgrade()

    assert differences(db, SCHEMA) == []
    assert (
        checks_in_the_database()
        == checks_of_models()
        == {
            ("users", "ck_users_role"),
            ("one_time_tokens", "ck_one_time_tokens_kind"),
        }
    )


def checks_in_the_database():
    """Return the names of the check constraints by table; Alembic does not compare them."""
    inspector = inspect(db.engine)
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


def test_every_table_that_changes_counts_its_changes():
    for table in db.metadata.tables.values():
        if table.name in ONLY_ADDED_TO:
            continue
        assert {"version", "created_at", "updated_at"} <= set(table.columns.keys())


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE auth.more (id int)",
        "ALTER TABLE auth.users ADD COLUMN more int",
        "DROP TABLE auth.refresh_tokens",
        "TRUNCATE auth.users",
        "CREATE INDEX ON auth.users (name)",
        "SELECT * FROM books.migrations",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine (id int)",
        "UPDATE auth.audit_events SET action = 'nothing'",
        "DELETE FROM auth.audit_events",
        "TRUNCATE auth.audit_events",
    ],
)
def test_service_role_may_neither_define_anything_nor_change_the_audit_log_nor_see_the_other_schema(
    app, servers, worker_number, statement
):
    with (
        closing(servers.connect(f"auth_{worker_number}", "auth_service")) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(statement)
