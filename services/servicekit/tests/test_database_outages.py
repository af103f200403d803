"""Every way in which the database can be away or too slow ends in a 503, and ends soon."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from servicekit import database as kit
from servicekit.access import PUBLIC, access
from servicekit.database import bound_socket_waits, wait_without_bound
from servicekit.limits import unlimited

# A guard against hanging, not a measure of speed.
SOON = 3.0


@pytest.fixture
def short_waits():
    """Wait a fraction of what the product waits."""
    bound_socket_waits(0.6, 0.3)
    yield
    wait_without_bound()


def views(database):
    def define(blueprint, _limiter):
        def register(path, statement):
            def run():
                return database.session.execute(sa.text(statement)).scalar()

            run.__name__ = f"show_{path}"
            blueprint.route(f"/{path}")(access(PUBLIC)(unlimited(blueprint.response(200)(run))))

        register("one", "SELECT 1")
        register("slow", "SET LOCAL statement_timeout = 50; SELECT pg_sleep(2)")
        register("locked", "SET LOCAL lock_timeout = 50; LOCK TABLE books.waited_for")
        register("killed", "SELECT pg_terminate_backend(pg_backend_pid())")

        @blueprint.route("/write", methods=["POST"])
        @access(PUBLIC)
        @unlimited
        @blueprint.response(200)
        def show_write():
            database.session.execute(sa.text("CREATE TEMPORARY TABLE written (n int)"))
            for call in before_commit:
                call()
            database.session.commit()

    before_commit = define.before_commit = []
    return define


def unavailable(response):
    return (
        response.status_code == 503
        and response.get_json()["error"]["code"] == "service_unavailable"
        and response.headers["Retry-After"] == "2"
    )


def test_statement_that_takes_too_long_is_a_503(make_client, database):
    assert unavailable(make_client(views(database)).get("/api/v1/slow"))


def test_row_that_somebody_holds_too_long_is_a_503(make_client, database, servers, database_name):
    client = make_client(views(database))
    with closing(servers.connect(database_name)) as holder:
        holder.autocommit = False
        with holder.cursor() as cursor:
            cursor.execute("CREATE TABLE books.waited_for ()")
            cursor.execute("ALTER TABLE books.waited_for OWNER TO books_owner")
            holder.commit()
            cursor.execute("LOCK TABLE books.waited_for")
            response = client.get("/api/v1/locked")
            cursor.execute("DROP TABLE books.waited_for")
            holder.commit()

    assert unavailable(response)


def test_connection_that_dies_is_a_503_and_the_next_request_has_a_new_one(make_client, database):
    client = make_client(views(database))

    assert unavailable(client.get("/api/v1/killed"))
    assert client.get("/api/v1/one").get_json()["data"] == 1


def test_connection_that_died_while_idle_is_not_noticed(make_client, database, servers, database_name, monkeypatch):
    monkeypatch.setattr(kit, "PING_AFTER_IDLE_SECONDS", 0.0)
    client = make_client(views(database))
    client.get("/api/v1/one")
    with closing(servers.connect(database_name)) as other, other.cursor() as cursor:
        # Of this database alone: other processes test on the same server at the same time.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'example' AND datname = current_database()"
        )

    assert client.get("/api/v1/one").status_code == 200


def test_pool_that_is_used_up_is_a_503(make_app, database, monkeypatch):
    monkeypatch.setattr(kit, "POOL_TIMEOUT_SECONDS", 0.1)
    app = make_app(views(database))
    with app.app_context():
        engine = database.engine
    with engine.connect(), engine.connect():
        assert unavailable(app.test_client().get("/api/v1/one"))
    assert app.test_client().get("/api/v1/one").status_code == 200


def test_database_that_refuses_connections_is_a_503(make_client, database, free_port):
    client = make_client(
        views(database), TEST_DATABASE_URL=f"postgresql+psycopg2://nobody@127.0.0.1:{free_port}/nothing"
    )

    assert unavailable(client.get("/api/v1/one"))


def test_database_that_takes_connections_and_is_silent_is_a_503(make_client, database, silent_port, short_waits):
    client = make_client(
        views(database), TEST_DATABASE_URL=f"postgresql+psycopg2://nobody@127.0.0.1:{silent_port}/nothing"
    )

    started = time.monotonic()
    assert unavailable(client.get("/api/v1/one"))
    assert time.monotonic() - started < SOON


def test_bounded_waits_change_nothing_while_the_database_answers(make_client, database, short_waits):
    client = make_client(views(database))

    assert client.get("/api/v1/one").get_json()["data"] == 1
    assert client.post("/api/v1/write").status_code == 200
    assert unavailable(client.get("/api/v1/slow"))
    assert unavailable(client.get("/api/v1/killed"))
    assert client.get("/api/v1/one").get_json()["data"] == 1


def test_database_frozen_between_requests_is_a_503_until_it_is_back(make_client, database, own_postgres, short_waits):
    client = make_client(views(database))
    assert client.get("/api/v1/one").status_code == 200

    own_postgres.freeze()
    started = time.monotonic()
    assert unavailable(client.get("/api/v1/one"))
    assert unavailable(client.get("/api/v1/one"))
    assert time.monotonic() - started < SOON

    own_postgres.bring_back()
    assert client.get("/api/v1/one").get_json()["data"] == 1


def test_database_frozen_before_a_commit_is_a_503(make_client, database, own_postgres, short_waits):
    """COMMIT waits while psycopg2 holds the lock of the connection; whoever takes it again there waits for ever."""
    define = views(database)
    client = make_client(define)
    define.before_commit.append(own_postgres.freeze)

    started = time.monotonic()
    assert unavailable(client.post("/api/v1/write"))
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize("step", ["begin", "execute", "rollback"])
def test_no_step_of_a_transaction_waits_for_a_frozen_database(make_app, database, own_postgres, short_waits, step):
    app = make_app()
    with app.app_context(), database.engine.connect() as connection:
        if step != "begin":
            connection.execute(sa.text("SELECT 1"))
        own_postgres.freeze()
        with pytest.raises(OperationalError, match="did not answer in time"):
            connection.rollback() if step == "rollback" else connection.execute(sa.text("SELECT 1"))


FORKED = """
import os, sys
import psycopg2
from servicekit.database import bound_socket_waits

bound_socket_waits(5, 0.2)
child = os.fork()
if child == 0:
    try:
        psycopg2.connect(host="127.0.0.1", port=int(sys.argv[1]), user="nobody", password="x", dbname="nothing")
    except psycopg2.OperationalError:
        os._exit(7)
    os._exit(0)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_bound_holds_in_workers_forked_from_a_preloaded_application(silent_port):
    assert subprocess.run([sys.executable, "-c", FORKED, str(silent_port)], timeout=20, check=False).returncode == 7


def test_bound_lets_a_statement_take_longer_than_a_connection(make_app, database, short_waits):
    with make_app().app_context():
        assert database.session.execute(sa.text("SELECT 1 FROM pg_sleep(0.45)")).scalar() == 1


def test_bound_can_be_lifted(make_app, database, short_waits):
    wait_without_bound()
    with make_app().app_context():
        assert database.session.execute(sa.text("SELECT 1 FROM pg_sleep(0.8)")).scalar() == 1
