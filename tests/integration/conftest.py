"""One stack for all integration tests, and the customers that use it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest
from customer import Customer
from stack import Stack


@pytest.fixture(scope="session", name="stack")
def _stack() -> Iterator[Stack]:
    stack = Stack()
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def visitor(stack: Stack) -> Customer:
    """Somebody without an account."""
    return Customer(stack.base_url)


@pytest.fixture
def new_member(stack: Stack) -> Callable[[], Customer]:
    """Return a function that registers a new account and signs in."""
    return lambda: Customer(stack.base_url).register()


@pytest.fixture
def member(new_member: Callable[[], Customer]) -> Customer:
    """A signed-in user without any special role."""
    return new_member()


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Customer:
    """A signed-in admin, made by the operator's command."""
    email = f"admin-{secrets.token_hex(6)}@example.com"
    password = secrets.token_urlsafe(18)
    stack.run(
        "exec", "-T", "-e", f"COLOPHON_ADMIN_PASSWORD={password}", "auth", "flask", "users", "create-admin", email
    )
    return Customer(stack.base_url).sign_in(email, password)
