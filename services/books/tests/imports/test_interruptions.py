"""A database that goes away or is too busy in mid-import: no row is refused for it, and a second run goes on."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from contextlib import closing, suppress

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from books_service.app import create_app
from books_service.books.models import Book
from books_service.config import BooksConfig
from books_service.extensions import db
from books_service.imports import operations
from books_service.imports.operations import store_rows
from books_service.imports.running import BATCH_ROWS
from servicekit import env
from servicekit.database import PING_AFTER_IDLE_SECONDS

ROWS = BATCH_ROWS + 200


class Wire:
    """A way to a TCP server that can be cut; connections are refused from then on."""

    def __init__(self, port):
        self._server = ("127.0.0.1", port)
        self._ends = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                self._ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source, target):
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Close every connection and accept no more."""
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture(name="wire")
def _wire(servers):
    wire = Wire(servers.postgres_port)
    yield wire
    wire.cut()


@pytest.fixture(name="wired_app")
def _wired_app(wire, service_environment):
    """An application that reaches the database through the wire."""
    environment = service_environment("books")
    url = re.sub(r":[0-9]+/", f":{wire.port}/", environment["BOOKS_DATABASE_URL"])
    app = create_app(env.load(BooksConfig, {**environment, "BOOKS_DATABASE_URL": url}))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(name="administrator")
def _administrator(servers, worker_number):
    """A cursor that sees what is committed, whatever the service's connections do."""
    with closing(servers.connect(f"books_{worker_number}")) as connection, connection.cursor() as cursor:
        yield cursor


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["books", "import", *map(str, arguments)])


def counts(result):
    assert result.exit_code == 0, result.output
    found = re.findall(r"^  (created|updated|unchanged|kept|rejected) +([0-9,]+)", result.output, re.M)
    return {name: int(number.replace(",", "")) for name, number in found if number != "0"}


def lines_of(first, last):
    return "".join(f"{number},Book {number}\n" for number in range(first, last + 1))


def wait_for_books(cursor, wanted):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        cursor.execute("SELECT count(*) FROM books.books")
        if cursor.fetchone()[0] == wanted:
            return
        time.sleep(0.02)
    raise AssertionError(f"there never were {wanted} books")


# Long enough, too, for the connection to be asked whether it is alive before it is used again.
@pytest.mark.parametrize("pause_seconds", [0, PING_AFTER_IDLE_SECONDS + 0.1])
def test_import_that_loses_the_database_between_batches_ends_with_1_and_goes_on_in_a_second_run(
    app, truncated, wire, wired_app, administrator, tmp_path, pause_seconds
):
    slow = tmp_path / "slow" / "books.csv"
    slow.parent.mkdir()
    os.mkfifo(slow)

    def write_and_cut():
        with slow.open("w") as pipe:
            pipe.write("key,title\n" + lines_of(1, BATCH_ROWS))
            pipe.flush()
            wait_for_books(administrator, BATCH_ROWS)
            wire.cut()
            time.sleep(pause_seconds)
            pipe.write(lines_of(BATCH_ROWS + 1, ROWS))

    writer = threading.Thread(target=write_and_cut)
    writer.start()
    result = run(wired_app, slow)
    writer.join(timeout=30)

    assert result.exit_code == 1
    assert "The import broke off: " in result.output
    assert f"\n{BATCH_ROWS} rows are stored; run it again" in result.output
    assert "rejected" not in result.output
    again = tmp_path / "books.csv"
    again.write_text("key,title\n" + lines_of(1, ROWS))
    assert counts(run(app, again)) == {"created": 200, "unchanged": BATCH_ROWS}
    wait_for_books(administrator, ROWS)


def test_row_that_waits_too_long_for_a_lock_is_not_refused(app, truncated, servers, worker_number, tmp_path):
    path = tmp_path / "books.csv"
    path.write_text("title,author\nEarlier,Ann\n")
    assert counts(run(app, path)) == {"created": 1}
    path.write_text("title,author\n" + "".join(f"T{number},\n" for number in range(BATCH_ROWS)) + "Late,Ann\n")

    with closing(servers.connect(f"books_{worker_number}")) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; SELECT FROM books.authors WHERE name = 'Ann' FOR UPDATE")
        result = run(app, path)
        cursor.execute("ROLLBACK")

    assert result.exit_code == 1
    assert "The import broke off: canceling statement due to lock timeout\n" in result.output
    assert f"{BATCH_ROWS} rows are stored" in result.output
    assert counts(run(app, path)) == {"created": 1, "unchanged": BATCH_ROWS}


def test_statement_that_takes_too_long_refuses_no_row(app, truncated, row_of):
    with app.app_context():
        db.session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        db.session.execute(text("SET LOCAL lock_timeout = 0"))
        with db.engine.connect() as other, other.begin():
            other.execute(text("LOCK TABLE books.books"))
            with pytest.raises(OperationalError) as refusal:
                list(store_rows(db.session, "s", [row_of(title="T")], overwrite=False))
        db.session.rollback()
        assert refusal.value.orig.pgcode == "57014"
        assert db.session.execute(select(func.count(Book.id))).scalar_one() == 0


def test_rows_are_told_one_by_one_once_the_batch_is_refused(app, truncated, administrator, row_of, monkeypatch):
    """Those that are stored when the database goes away are told, and only those."""
    rows = [row_of(key=str(number), title=f"T{number}", year="1") for number in range(4)]
    rows[1].values["year"] = 20_000
    store_batch = operations._store_batch

    def losing(session, source, batch, **options):
        if batch == rows[3:]:
            pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            administrator.execute("SELECT pg_terminate_backend(%s)", [pid])
        return store_batch(session, source, batch, **options)

    monkeypatch.setattr(operations, "_store_batch", losing)
    told = []
    with app.app_context(), pytest.raises(OperationalError):
        told.extend(stored.outcome for stored in store_rows(db.session, "s", rows, overwrite=False))

    assert told == ["created", "rejected", "created"]
    wait_for_books(administrator, 2)


def test_refused_row_is_logged_without_what_it_holds(session, row_of, caplog):
    row = row_of(key="1", title="A secret title", authors="A secret author", year="1")
    row.values["year"] = 20_000

    list(store_rows(session, "s", [row], overwrite=False))

    logged = caplog.text
    assert "imported_row_refused" in logged
    assert "23514" in logged
    assert "ck_books_year_range" in logged
    assert "secret" not in logged
