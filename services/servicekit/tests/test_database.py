"""The database of a service: bounded waits, versions, and constraints as facts."""

from __future__ import annotations

import psycopg2
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from servicekit.access import PUBLIC, access
from servicekit.database import (
    Versioned,
    constraint_errors,
    engine_options,
)
from servicekit.envelope import ApiError
from servicekit.limits import unlimited


class NameTaken(ApiError):
    """The fact behind the constraint of this test."""

    code, status, message = "name_taken", 409, "The name is taken."


@pytest.fixture
def thing(database):
    """Return a model of the database of this test."""

    class Thing(Versioned, database.Model):
        __tablename__ = "things"
        __table_args__ = (
            sa.UniqueConstraint("name"),
            sa.CheckConstraint("name <> ''", name="name_not_empty"),
        )

        id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=False), primary_key=True)
        name: Mapped[str] = mapped_column(sa.Text, index=True)

    return Thing


@pytest.fixture
def app(make_app, database, thing):
    app = make_app()
    with app.app_context():
        database.create_all()
        yield app
        database.session.remove()
        database.drop_all()


def scalar(database, statement):
    return database.session.execute(sa.text(statement)).scalar_one()


def test_settings_of_a_session_bound_what_the_server_does(app, database):
    assert scalar(database, "SHOW statement_timeout") == "5s"
    assert scalar(database, "SHOW lock_timeout") == "2s"
    assert scalar(database, "SHOW idle_in_transaction_session_timeout") == "15s"
    assert scalar(database, "SHOW timezone") == "UTC"
    assert scalar(database, "SHOW application_name") == "example"


def test_pool_has_a_connection_for_each_thread_and_no_more():
    options = engine_options("example", 7)

    assert (options["pool_size"], options["max_overflow"]) == (7, 0)


def test_names_of_constraints_tell_table_and_column(thing):
    names = {constraint.name for constraint in thing.__table__.constraints} | {
        index.name for index in thing.__table__.indexes
    }

    assert names == {"pk_things", "uq_things_name", "ck_things_name_not_empty", "ix_things_name"}
    assert thing.__table__.schema == "books"


def test_version_counts_the_changes_of_a_row(app, database, thing):
    row = thing(name="one")
    database.session.add(row)
    database.session.commit()
    created_at, first = row.updated_at, row.version

    row.name = "two"
    database.session.commit()

    assert (first, row.version) == (1, 2)
    assert row.updated_at > created_at == row.created_at
    assert row.updated_at.utcoffset().total_seconds() == 0


def test_version_is_given_by_the_database_where_sql_inserts(app, database):
    database.session.execute(sa.text("INSERT INTO books.things (name) VALUES ('plain')"))

    assert scalar(database, "SELECT version FROM books.things") == 1


def test_change_of_a_row_that_somebody_else_changed_is_refused(app, database, thing):
    row = thing(name="one")
    database.session.add(row)
    database.session.commit()
    assert row.version == 1
    with database.engine.begin() as other:
        other.execute(sa.text("UPDATE books.things SET name = 'theirs', version = 2"))

    row.name = "mine"
    with pytest.raises(StaleDataError):
        database.session.commit()


def test_named_constraint_is_told_as_its_fact(app, database, thing):
    database.session.add_all([thing(name="one"), thing(name="one")])

    with pytest.raises(NameTaken) as raised, constraint_errors({"uq_things_name": NameTaken}):
        database.session.commit()
    assert isinstance(raised.value.__cause__, IntegrityError)


def test_other_constraint_passes_through(app, database, thing):
    database.session.add(thing(name=""))

    with pytest.raises(IntegrityError), constraint_errors({"uq_things_name": NameTaken}):
        database.session.commit()


def test_integrity_error_of_no_constraint_passes_through():
    with pytest.raises(IntegrityError), constraint_errors({"uq_things_name": NameTaken}):
        raise IntegrityError("INSERT", {}, psycopg2.IntegrityError("no diagnostics"))


def test_log_of_a_refused_row_does_not_tell_its_values(make_app, database, thing, recorder):
    def define(blueprint, _limiter):
        @blueprint.route("/things", methods=["POST"])
        @access(PUBLIC)
        @unlimited
        @blueprint.response(204)
        def create_things():
            database.session.add_all([thing(name="somebody@example.org"), thing(name="somebody@example.org")])
            database.session.commit()

    app = make_app(define)
    with app.app_context():
        database.create_all()
    try:
        assert app.test_client().post("/api/v1/things").status_code == 500
    finally:
        with app.app_context():
            database.drop_all()

    (event,) = recorder.named("database_error")
    assert event["sqlstate"] == "23505"
    assert "uq_things_name" in event["reason"]
    assert "create_things" in event["where"]
    assert "somebody" not in str(event)


@pytest.mark.parametrize(("method", "in_one_transaction"), [("GET", False), ("HEAD", False), ("POST", True)])
def test_only_what_may_change_something_opens_a_transaction(make_app, database, method, in_one_transaction):
    app = make_app()
    with app.test_request_context("/", method=method):
        moments = {scalar(database, "SELECT now()") for _ in range(2)}
        connections = {scalar(database, "SELECT pg_backend_pid()") for _ in range(2)}

    assert len(moments) == (1 if in_one_transaction else 2)
    assert len(connections) == 1


def test_reads_of_safe_requests_change_nothing_about_the_connection_on_the_server(app, database):
    """Otherwise each of them would cost a second round trip."""
    levels = []

    for method in ("GET", "POST", "GET"):
        with app.test_request_context("/", method=method):
            driver = database.session.connection().connection.dbapi_connection
            levels.append((driver.autocommit, driver.isolation_level))
            assert scalar(database, "SELECT 1") == 1
            assert scalar(database, "SHOW transaction_isolation") == "read committed"
            database.session.remove()

    default = psycopg2.extensions.ISOLATION_LEVEL_DEFAULT
    assert levels == [(True, default), (False, default), (True, default)]
