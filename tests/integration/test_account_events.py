"""What happens to an account reaches the catalogue, whoever is away meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from customer import Customer
from stack import Stack, docker

# Longer than an attempt is put off, and than the claim of a killed worker holds; the rest is for a busy machine.
TOLD_WITHIN_SECONDS = 60


def eventually(happened: Callable[[], bool], seconds: float = TOLD_WITHIN_SECONDS) -> None:
    """Return when ``happened`` is true."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def add_book(member: Customer) -> str:
    """Add a book and return its path."""
    answer = member.post("/api/v1/books", {"title": "Account events", "author": "Ann"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["created_by"] == member.user["id"]
    path: str = answer.headers["Location"]
    return path


def is_nobodys(visitor: Customer, path: str) -> bool:
    """Return whether the book at ``path`` is shown without who added it."""
    answer = visitor.get(path)
    return answer.status_code == 200 and answer.json()["data"]["created_by"] is None


def delete_account(member: Customer) -> None:
    """Delete one's own account."""
    confirmation = {"current_password": member.password}
    assert member.delete("/api/v1/users/profile", json=confirmation).status_code == 204


def known_name(stack: Stack, member: Customer) -> str:
    """Return the name under which the catalogue knows an account, as an operator sees it."""
    statement = f"SELECT display_name FROM books.accounts WHERE user_id = {member.user['id']}"
    return stack.run(
        "exec", "-T", "postgres", "psql", "--username", "postgres", "--dbname", "colophon", "-Atc", statement
    ).strip()


def test_deletion_of_an_account_leaves_its_books_nobodys(
    visitor: Customer, member: Customer, new_member: Callable[[], Customer]
) -> None:
    other = new_member()
    path, path_of_another = add_book(member), add_book(other)
    before = visitor.get(path)

    delete_account(member)

    eventually(lambda: is_nobodys(visitor, path))
    after = visitor.get(path)
    assert after.json()["data"]["title"] == before.json()["data"]["title"]
    assert after.headers["ETag"] != before.headers["ETag"]
    assert member.post("/api/v1/books", {"title": "Late"}).status_code == 401
    assert visitor.get(path_of_another).json()["data"]["created_by"] == other.user["id"]


def test_books_that_is_away_loses_no_event(stack: Stack, visitor: Customer, new_member: Callable[[], Customer]) -> None:
    leaver, renamed = new_member(), new_member()
    path = add_book(leaver)
    names = [f"Name {number}" for number in range(5)]

    with stack.without("books", "stop"):
        delete_account(leaver)
        for name in names:
            assert renamed.patch("/api/v1/users/profile", {"name": name}).status_code == 200
        eventually(lambda: "account_events_wait" in stack.run("logs", "--no-log-prefix", "auth-worker"))

    eventually(lambda: is_nobodys(visitor, path))
    eventually(lambda: known_name(stack, renamed) == names[-1])


def test_worker_that_is_killed_while_events_wait_loses_none(stack: Stack, visitor: Customer, member: Customer) -> None:
    path = add_book(member)
    (worker,) = stack.containers("auth-worker")
    with stack.without("books", "stop"):
        delete_account(member)
        docker("kill", worker)
    try:
        assert not is_nobodys(visitor, path)
    finally:
        docker("start", worker)

    eventually(lambda: is_nobodys(visitor, path))
    stack.wait_healthy("auth-worker")


@pytest.mark.parametrize("service", ["postgres", "redis"])
def test_server_that_is_restarted_while_events_wait_loses_none(
    stack: Stack, visitor: Customer, member: Customer, service: str
) -> None:
    path = add_book(member)
    with stack.without("books", "stop"):
        delete_account(member)
        with stack.without(service, "stop"):
            pass

    eventually(lambda: is_nobodys(visitor, path))
    stack.wait_healthy("auth-worker")
