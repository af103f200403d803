"""The command ``flask books import``, on real commits."""

from __future__ import annotations

import csv
import os
import pty
import re
import subprocess
import sys

import pytest
from sqlalchemy import func, select, text

from books_service.app import create_app
from books_service.authors.models import Author
from books_service.books.models import Book
from books_service.config import BooksConfig
from books_service.extensions import db
from books_service.imports.exclusion import LOCK_KEY
from servicekit import env
from servicekit.testing.containers import REPOSITORY


@pytest.fixture(name="run")
def _run(app, truncated):
    """Runs the command and returns its result."""

    def run(*arguments, **options):
        return app.test_cli_runner().invoke(args=["books", "import", *map(str, arguments)], **options)

    return run


def counts(result):
    assert result.exit_code == 0, result.output
    found = re.findall(r"^  (created|updated|unchanged|kept|rejected|without ISBN) +([0-9,]+)", result.output, re.M)
    return {name: int(number.replace(",", "")) for name, number in found if number != "0"}


def findings(result):
    return {
        what: int(number.replace(",", ""))
        for number, what in re.findall(
            r"^ +([0-9,]+)  (\w+ (?:left out|repaired|rejected|kept): .*)$", result.output, re.M
        )
    }


def query(app, statement):
    with app.app_context():
        return db.session.execute(statement).all()


def test_ten_thousand_books_are_imported_and_counted_exactly(app, run, many_books, tmp_path):
    result = run(many_books.path, "--report", tmp_path / "report.csv")

    assert counts(result) == {"created": many_books.rows, "without ISBN": many_books.without_isbn}
    assert findings(result) == many_books.findings
    assert re.search(rf"{many_books.rows:,} rows in [0-9.]+ s, [0-9,]+ rows a second", result.output)
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as report:
        assert len(list(csv.DictReader(report))) == sum(many_books.findings.values())
    ((books, with_isbn, without_year),) = query(
        app, select(func.count(), func.count(Book.isbn_13), func.count().filter(Book.year.is_(None)))
    )
    assert (books, with_isbn) == (many_books.rows, many_books.rows - many_books.without_isbn)
    if many_books.is_real:
        assert without_year == 21
        assert_goodbooks(app)

    again = run(many_books.path)

    assert counts(again) == {"unchanged": many_books.rows, "without ISBN": many_books.without_isbn}
    assert query(app, select(func.count(), func.max(Book.version))) == [(many_books.rows, 1)]


def assert_goodbooks(app):
    assert query(app, select(func.count()).select_from(Author)) == [(5833,)]
    languages = dict(
        query(app, select(Book.language, func.count()).group_by(Book.language).order_by(func.count().desc()).limit(6))
    )
    assert languages == {"en": 6345, "en-US": 2070, None: 1084, "en-GB": 257, "ar": 64, "en-CA": 58}
    known = select(
        Book.title,
        Book.series_name,
        Book.series_number,
        Book.author,
        Book.year,
        Book.average_rating,
        Book.ratings_count,
    )
    assert query(app, known.where(Book.isbn_13 == "9780439023481")) == [
        ("The Hunger Games", "The Hunger Games", "1", "Suzanne Collins", 2008, 4.34, 4780653)
    ]
    # Ten digits that were the end of thirteen.
    assert query(app, select(Book.title).where(Book.isbn_13 == "9789380658797")) == [("The Secret of the Nagas",)]
    assert query(app, select(Book.title).where(Book.year < -1000)) == [("The Epic of Gilgamesh",)]
    assert query(app, select(func.max(func.array_length(func.string_to_array(Book.author, ", "), 1)))) == [(47,)]


def test_classics_are_imported_without_options(app, run, classics):
    result = run(classics)

    assert counts(result) == {"created": 300, "without ISBN": 300}
    assert findings(result) == {}
    ((subjects, year, language),) = query(
        app, select(Book.subjects, Book.year, Book.language).where(Book.title == "Code of Hammurabi")
    )
    assert (subjects, year, language) == (["law", "politics"], -1754, "akk")
    assert counts(run(classics)) == {"unchanged": 300, "without ISBN": 300}


def test_changed_file_updates_the_changed_rows_only(run, csv_file):
    run(csv_file("book_id,title,year", "1,One,1", "2,Two,2", "3,Three,3"))

    result = run(csv_file("book_id,title,year", "1,One,1", "2,Two,22", "4,Four,4"))

    assert counts(result) == {"created": 1, "updated": 1, "unchanged": 1, "without ISBN": 3}


def test_bad_rows_are_rejected_with_number_and_reason_and_spoil_nothing(app, run, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(
        b"title,authors,year,isbn\n"
        b"Good,Ann,1,\n"
        b",Nobody,2,\n"
        b"B\xffd,Ann,3,\n"
        b"N\x00L,Ann,4,\n"
        b"Too,many,5,,\n"
        b'"Unclosed,Ann,6,\n'
        b"Late,Ann,MMXX,12\n"
        b"=1+1,Ann,7,\n"
    )
    result = run(path, "--report", tmp_path / "report.csv")

    assert counts(result) == {"created": 3, "rejected": 5, "without ISBN": 3}
    assert "row 3: title rejected: the title is missing" in result.output
    assert "row 8: year left out: not a whole number ('MMXX')" in result.output
    assert [title for (title,) in query(app, select(Book.title).order_by(Book.id))] == ["Good", "Late", "=1+1"]
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as report:
        rows = list(csv.DictReader(report))
    assert [(row["row"], row["line"], row["kind"], row["field"]) for row in rows] == [
        ("3", "3", "rejected", "title"),
        ("4", "4", "rejected", "row"),
        ("5", "5", "rejected", "row"),
        ("6", "6", "rejected", "row"),
        ("7", "7", "rejected", "row"),
        ("8", "8", "left out", "year"),
        ("8", "8", "left out", "isbn"),
    ]


def test_only_the_first_twenty_are_shown_and_the_rest_counted(run, csv_file):
    result = run(csv_file("title,year", *["," for _ in range(30)]))

    assert counts(result) == {"rejected": 30}
    assert findings(result) == {"title rejected: the title is missing": 30}
    assert len(re.findall(r"^  row [0-9]+:", result.output, re.M)) == 20


def test_columns_and_separator_may_be_named(app, run, csv_file):
    path = csv_file("Name;ignored,Who,title", "The Book,Ann / Ben,wrong", name="own.csv")

    result = run(path, "--column", "title=name;ignored", "--column", "authors=who", "--author-separator", "/")

    assert counts(result) == {"created": 1, "without ISBN": 1}
    assert query(app, select(Book.title, Book.author)) == [("The Book", "Ann, Ben")]


def test_header_without_rows_is_an_empty_import(run, csv_file):
    assert counts(run(csv_file("title,year"))) == {}


def test_standard_input_is_read_when_its_source_is_named(app, run):
    result = run("-", "--source", "pipe", input=b"title\nIt\n")

    assert counts(result) == {"created": 1, "without ISBN": 1}
    assert query(app, text("SELECT source FROM imported_records")) == [("pipe",)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "say where the rows are from"),
        (["FILE", "--column", "title"], "is not FIELD=COLUMN"),
        (["FILE", "--column", "tittle=x"], "the fields are key, title"),
        (["FILE", "--column", "title="], "is not FIELD=COLUMN"),
        (["FILE", "--source", " "], "1 to 100 characters"),
        (["FILE", "--source", "x" * 101], "1 to 100 characters"),
        (["FILE", "--report", "FILE"], "would overwrite the file"),
        ([], "Missing argument"),
    ],
)
def test_command_that_makes_no_sense_is_refused(run, csv_file, arguments, message):
    path = csv_file("title", "It")

    result = run(*[path if argument == "FILE" else argument for argument in arguments], input=b"title\nIt\n")

    assert result.exit_code == 2
    assert message in result.output
    assert path.read_text() == "title\nIt\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "The file is empty."),
        (b"name,year\nIt,1986\n", "There is no column for the title"),
        (b"\xff\xfe", "The header cannot be read"),
    ],
)
def test_file_of_which_nothing_can_be_read_ends_with_1(run, tmp_path, content, message):
    path = tmp_path / "books.csv"
    if content is not None:
        path.write_bytes(content)

    result = run(path)

    assert result.exit_code == 1
    assert message in result.output
    assert run(tmp_path).exit_code == 1
    assert run(path, "--report", tmp_path / "missing" / "report.csv").exit_code == 1


def test_second_import_at_the_same_time_says_so(app, run, csv_file):
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(select(func.pg_advisory_lock(LOCK_KEY)))
        result = run(csv_file("title", "It"))
        connection.execute(select(func.pg_advisory_unlock(LOCK_KEY)))

    assert result.exit_code == 1
    assert "Another import is running" in result.output
    assert counts(run(csv_file("title", "It"))) == {"created": 1, "without ISBN": 1}


def test_database_that_is_away_ends_with_1(service_environment, csv_file):
    environment = {
        **service_environment("books"),
        "BOOKS_DATABASE_URL": "postgresql+psycopg2://nobody@127.0.0.1:1/none",
    }

    app = create_app(env.load(BooksConfig, environment))
    result = app.test_cli_runner().invoke(args=["books", "import", str(csv_file("title", "It"))])

    assert result.exit_code == 1
    assert "The import broke off: connection to server" in result.output
    assert "0 rows are stored" in result.output


def test_imported_book_belongs_to_the_curators(app, run, csv_file, tokens, empty_redis):
    run(csv_file("title", "It"))
    client = app.test_client()
    (book,) = client.get("/api/v1/books").get_json()["data"]

    address = book["links"]["self"]
    assert client.put(address, headers=tokens.headers(1), json={"year": 1986}).status_code == 403
    assert client.put(address, headers=tokens.headers(3, "librarian"), json={"year": 1986}).status_code == 200
    result = run(csv_file("title,language", "It,en"))
    assert counts(result) == {"kept": 1, "without ISBN": 1}


def test_terminal_shows_how_far_the_import_is(truncated, service_environment, csv_file):
    path = csv_file("title", *[f"Book {number}" for number in range(1200)])
    services = REPOSITORY / "services"
    environment = {
        **os.environ,
        **service_environment("books"),
        "PYTHONPATH": os.pathsep.join([str(services / "servicekit"), str(services / "books")]),
        "TERM": "dumb",
    }
    terminal, screen = pty.openpty()
    result = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "books_service.wsgi", "books", "import", str(path)],
        cwd=path.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=screen,
        timeout=60,
        check=True,
    )
    os.close(screen)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)

    assert b"created" in result.stdout
    assert "100%" in shown
