"""The commands of the operator against the running stack."""

from __future__ import annotations

import csv
import os
import re
import secrets
import subprocess
from pathlib import Path

import pytest
from customer import Customer
from stack import REPOSITORY

REAL_BOOKS = Path(os.environ.get("COLOPHON_BOOKS_CSV", REPOSITORY.parent / "shared/data/goodbooks-10k/books.csv"))


def make(*arguments: str) -> str:
    """Run a make target against the stack of these tests and return what it prints."""
    finished = subprocess.run(
        ["make", *arguments], cwd=REPOSITORY, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout + finished.stderr


def test_the_bundled_classics_are_loaded_once_however_often_asked(stack, visitor):
    make("demo")
    again = make("demo")

    assert "300" in again
    found = visitor.get("/api/v1/books", params={"search": "Достоевский", "per_page": 1}).json()
    assert found["pagination"]["total_items"] >= 1
    ancient = visitor.get("/api/v1/books", params={"year_to": -700, "sort": "year", "per_page": 1}).json()["data"][0]
    assert ancient["year"] < -1000


@pytest.fixture(scope="module")
def many_books(tmp_path_factory) -> Path:
    """A file of 10,000 books: the real one where it stands, else a multiple of the classics."""
    if REAL_BOOKS.exists():
        return REAL_BOOKS
    path = tmp_path_factory.mktemp("books") / "many.csv"
    with (REPOSITORY / "deploy/demo/classics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        for number in range(10_000):
            row = rows[number % len(rows)]
            writer.writerow({**row, "title": f"{row['title']} {number // len(rows)}"[:200]})
    return path


def test_ten_thousand_books_are_all_there_after_an_import(stack, visitor, many_books):
    before = visitor.get("/api/v1/books?per_page=1").json()["pagination"]["total_items"]

    printed = make("demo", f"FILE={many_books}")

    after = visitor.get("/api/v1/books?per_page=1").json()["pagination"]["total_items"]
    assert after - before == 10_000, printed


def test_an_admin_can_be_made_with_a_generated_password_that_is_shown_once(stack):
    email = f"chief-{secrets.token_hex(4)}@example.com"

    printed = make("create-admin", f"EMAIL={email}")

    shown = re.findall(r"Password, shown this once: (\S+)", printed)
    assert len(shown) == 1
    assert Customer(stack.base_url).sign_in(email, shown[0]).user["role"] == "admin"
    log = stack.run("logs", "--no-log-prefix", "auth")
    assert any("admin_created" in line and email in line for line in log.splitlines())
    assert shown[0] not in log


def test_an_existing_account_can_be_promoted(stack, member):
    make("create-admin", f"EMAIL={member.email}")

    assert member.sign_in(member.email, member.password).user["role"] == "admin"


def test_database_and_redis_are_published_to_nobody(stack):
    for service in ("postgres", "redis", "auth", "books"):
        for container in stack.containers(service):
            inspected = subprocess.run(
                ["docker", "inspect", "--format", "{{json .HostConfig.PortBindings}}", container],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            assert inspected.stdout.strip() in ("{}", "null")


def test_a_service_cannot_read_the_schema_of_the_other(stack):
    command = "PGPASSWORD=$(cat /run/secrets/books_service_password) psql -h 127.0.0.1 -U books_service colophon -c "
    reading = f"{command} 'SELECT * FROM auth.users'"
    altering = f"{command} 'CREATE TABLE books.mine (id int)'"

    for statement in (reading, altering):
        with pytest.raises(RuntimeError, match="permission denied"):
            stack.run("exec", "-T", "postgres", "sh", "-c", statement)


def test_no_password_is_in_any_log(stack, member):
    logs = stack.run("logs", "--no-log-prefix")

    assert member.password not in logs
    assert member.access_token not in logs
    assert "$argon2" not in logs
