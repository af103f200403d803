"""One stack for all integration tests, the customers that use it, and gateways with settings of their own."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from customer import Customer
from program import Program, make_key
from stack import Stack, docker


@pytest.fixture(scope="session", name="stack")
def _stack() -> Iterator[Stack]:
    stack = Stack(books_replicas=2, mails=True)
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


@pytest.fixture
def key(member: Customer) -> dict[str, Any]:
    """An API key of the member."""
    return make_key(member)


@pytest.fixture
def program(stack: Stack, key: dict[str, Any]) -> Program:
    """A program that has the key."""
    return Program(stack.base_url, key["secret"])


@pytest.fixture
def another_gateway(stack: Stack) -> Iterator[Callable[..., str]]:
    """Return a function that starts one more gateway with the settings given and returns its container."""
    with contextlib.ExitStack() as containers:

        def start(**settings: str) -> str:
            values = [argument for name, value in settings.items() for argument in ("-e", f"{name}={value}")]
            container = stack.run(
                "run", "--detach", "--no-deps", "--publish", "127.0.0.1::8080", *values, "gateway"
            ).strip()
            containers.callback(docker, "rm", "--force", container)
            return container

        yield start


@pytest.fixture
def narrow_gateway(another_gateway: Callable[..., str]) -> Callable[..., Customer]:
    """Return a function that opens a second gateway to the same services, with 30 anonymous reads a minute.

    Nothing is counted yet when it returns.
    """

    def open_gateway(**settings: str) -> Customer:
        container = another_gateway(
            COLOPHON_RATE_LIMIT_SCALE="1", COLOPHON_RATE_LIMIT_ANONYMOUS_READS_PER_MINUTE="30", **settings
        )
        ports = json.loads(docker("inspect", "--format", "{{json .NetworkSettings.Ports}}", container))
        gateway = Customer(f"http://127.0.0.1:{ports['8080/tcp'][0]['HostPort']}")
        for _ in range(100):
            # No GET, which would be counted. The service refuses it, so it is found.
            with contextlib.suppress(OSError):
                if gateway.post("/api/v1/books/health").status_code == 405:
                    return gateway
            time.sleep(0.1)
        raise TimeoutError(docker("logs", container))

    return open_gateway
