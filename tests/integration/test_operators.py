"""The commands of the operator against the running stack."""

from __future__ import annotations

import csv
import os
import re
import secrets
from pathlib import Path

import pytest
from customer import Customer
from stack import REPOSITORY, docker, make

REAL_BOOKS = Path(os.environ.get("COLOPHON_BOOKS_CSV", REPOSITORY.parent / "shared/data/goodbooks-10k/books.csv"))


def counted(summary: str) -> dict[str, int]:
    """Return how many rows had which outcome, as the summary of an import says."""
    return {outcome: int(rows) for outcome, rows in re.findall(r"^  (\w+) +(\d+)$", summary, re.MULTILINE)}


def totals(visitor: Customer) -> tuple[int, ...]:
    """Return how many books and authors there are."""
    return tuple(
        visitor.get(f"/api/v1/{kind}?per_page=1").json()["pagination"]["total_items"] for kind in ("books", "authors")
    )


def test_the_bundled_classics_are_loaded_once_however_often_asked(stack, visitor):
    make("demo")
    before = totals(visitor)

    outcomes = counted(make("demo"))

    assert outcomes.pop("unchanged") == 300
    assert outcomes
    assert set(outcomes.values()) == {0}
    assert totals(visitor) == before
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


@pytest.mark.parametrize("given_as", ["make variable", "environment variable"])
def test_the_password_of_an_admin_may_hold_what_shells_and_make_know(stack, given_as):
    email = f"chief-{secrets.token_hex(4)}@example.com"
    password = f"""a$b${{HOME}}'c"$(id)`d` \\#e;{secrets.token_hex(8)}"""

    if given_as == "make variable":
        make("create-admin", f"EMAIL={email}", f"PASSWORD={password}")
    else:
        make("create-admin", f"EMAIL={email}", PASSWORD=password)

    assert Customer(stack.base_url).sign_in(email, password).user["role"] == "admin"


def test_the_schemas_of_a_running_stack_can_be_migrated(stack, visitor):
    make("migrate")

    assert visitor.get("/api/v1/books").status_code == 200


def test_the_database_answers_a_query_that_is_piped_in(stack):
    printed = make("shell-db", stdin=b"SELECT 'forty-' || 2 AS answer;\n")

    assert "forty-2" in printed


def test_an_existing_account_is_promoted_on_request_alone(stack, member):
    with pytest.raises(RuntimeError, match="PROMOTE=1"):
        make("create-admin", f"EMAIL={member.email}")
    assert member.sign_in(member.email, member.password).user["role"] == "user"

    printed = make("create-admin", f"EMAIL={member.email}", "PROMOTE=1")

    (password,) = re.findall(r"Password, shown this once: (\S+)", printed)
    assert member.sign_in(member.email, password).user["role"] == "admin"


def test_database_and_redis_are_published_to_nobody(stack):
    for service in ("postgres", "redis", "auth", "books"):
        for container in stack.containers(service):
            assert docker("inspect", "--format", "{{json .HostConfig.PortBindings}}", container).strip() in (
                "{}",
                "null",
            )


def test_a_service_cannot_read_the_schema_of_the_other(stack):
    command = "PGPASSWORD=$(cat /run/secrets/books_service_password) psql -h 127.0.0.1 -U books_service colophon -c "
    reading = f"{command} 'SELECT * FROM auth.users'"
    altering = f"{command} 'CREATE TABLE books.mine (id int)'"

    for statement in (reading, altering):
        with pytest.raises(RuntimeError, match="permission denied"):
            stack.run("exec", "-T", "postgres", "sh", "-c", statement)
