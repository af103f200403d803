"""Replicas, and replacing them while customers are served."""

from __future__ import annotations

import subprocess
import threading
from collections import Counter

import pytest
from customer import Customer
from stack import REPOSITORY, docker, make


def test_two_replicas_share_the_work(stack, visitor):
    assert len(stack.containers("books")) == 2
    for _ in range(20):
        assert visitor.get("/api/v1/books").status_code == 200

    lines = stack.run("logs", "--since", "60s", "books").splitlines()
    served_by = {line.split("|")[0].strip() for line in lines if '"path": "/api/v1/books"' in line}
    assert len(served_by) == 2


def config_of(container: str) -> str:
    """Return the digest by which compose decides whether a container is what it would make now."""
    return docker("inspect", "--format", '{{index .Config.Labels "com.docker.compose.config-hash"}}', container).strip()


@pytest.mark.parametrize("service", ["books", "auth"])
def test_rolling_a_service_fails_no_request(stack, new_member, service):
    before = set(stack.containers(service))
    (wanted,) = {config_of(container) for container in before}
    statuses: Counter[str] = Counter()
    stop = threading.Event()

    # An account for each, or a quick machine would use up the writes of one.
    customers = [new_member() for _ in range(4)]

    def read_and_write(number: int, customer: Customer) -> None:
        paths = {"books": "/api/v1/books?per_page=1", "auth": "/api/v1/auth/me"}
        while not stop.is_set():
            for send in (
                lambda: customer.get(paths[service]),
                lambda: (
                    customer.post("/api/v1/books", {"title": f"Rolled {number}"})
                    if service == "books"
                    else customer.patch("/api/v1/users/profile", {"name": f"Rolled {number}"})
                ),
            ):
                try:
                    statuses[str(send().status_code)] += 1
                except OSError as error:
                    statuses[type(error).__name__] += 1

    threads = [threading.Thread(target=read_and_write, args=each) for each in enumerate(customers)]
    for thread in threads:
        thread.start()
    try:
        rolled = subprocess.run(
            ["make", "roll", f"SERVICE={service}"], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert rolled.returncode == 0, rolled.stdout + rolled.stderr
    after = set(stack.containers(service))
    assert len(after) == len(before)
    assert not before & after
    assert {config_of(container) for container in after} == {wanted}, "the next start would replace them again"
    assert set(statuses) <= {"200", "201"}, statuses
    assert sum(statuses.values()) > 50


def test_rolling_the_worker_replaces_it_with_what_the_next_start_wants(stack):
    (before,) = stack.containers("auth-worker")
    wanted = config_of(before)

    make("roll", "SERVICE=auth-worker")

    (after,) = stack.containers("auth-worker")
    assert after != before
    assert config_of(after) == wanted, "the next start would replace it again"


def test_a_service_that_does_not_start_is_not_rolled(stack, member):
    before = set(stack.containers("auth"))

    with pytest.raises(RuntimeError, match="the old ones keep running") as failure:
        make("roll", "SERVICE=auth", AUTH_ACCESS_TOKEN_TTL_SECONDS="soon")

    assert "AUTH_ACCESS_TOKEN_TTL_SECONDS" in str(failure.value)
    assert set(stack.containers("auth")) == before
    assert member.get("/api/v1/auth/me").status_code == 200
