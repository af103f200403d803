"""Measures signing in, refreshing and revoking, and prints the figures of benchmarks/README.md.

    accounts.py [--seconds 10]

It starts docker-compose.yml under a project name and a port of its own with the rate limits scaled away and the real
cost of passwords, sends a bounded load over loopback and removes everything again.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "integration"))

from customer import Customer  # noqa: E402 - found only by the line above
from stack import Stack  # noqa: E402

CONNECTIONS = 32
# As many as the services' workers, so that it has the same processors to itself.
RAW_PROCESSES = 2

RAW_ARGON2 = """
import argon2, multiprocessing, sys, time
hasher = argon2.PasswordHasher(memory_cost={memory}, time_cost={passes}, parallelism=1)
known = hasher.hash("correct horse battery")
def verify(seconds):
    done, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        hasher.verify(known, "correct horse battery")
        done += 1
    return done
with multiprocessing.Pool({processes}) as pool:
    print(sum(pool.map(verify, [{seconds}] * {processes})) / {seconds})
"""

REVOCATION_CHECK = """
import statistics, time
from books_service.wsgi import app
from servicekit.access_tokens import AccessTokenClaims
import dataclasses, datetime
NOW = datetime.datetime.now(datetime.UTC)
claims = AccessTokenClaims(**{field.name: {"user_id": 1, "role": "user", "scopes": frozenset(), "session_id": "a" * 32,
    "token_id": "b", "expires_at": NOW, "issued_at": NOW, "epoch": 0, "via": "session"}[field.name]
    for field in dataclasses.fields(AccessTokenClaims)})
revocations = app.extensions["revocations"]
times = []
for _ in range(5000):
    began = time.perf_counter()
    revocations.is_revoked(claims)
    times.append((time.perf_counter() - began) * 1000)
print(statistics.median(times), statistics.quantiles(times, n=100)[98])
"""


def send(connection: http.client.HTTPConnection, path: str, body: dict[str, str], **headers: str) -> tuple[int, bytes]:
    """POST ``body`` as JSON and return status and answer."""
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    return answer.status, answer.read()


def under_load(stack: Stack, seconds: float, step: Callable[[int, http.client.HTTPConnection], None]) -> list[float]:
    """Repeat ``step(number, connection)`` on 32 connections at once; return the milliseconds of every step."""
    times: list[float] = []
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
        while time.monotonic() < until:
            began = time.perf_counter()
            step(number, connection)
            times.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=work, args=[number]) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def cpu_milliseconds(stack: Stack, service: str) -> float:
    """Return the CPU time that a container has used since it started."""
    # One of the two, as the host has control groups of version 1 or 2.
    usage = "cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || sed -n 's/^usage_usec //p' /sys/fs/cgroup/cpu.stat"
    printed = stack.run(
        "exec", "-T", service, "sh", "-c", f"{usage}; test -e /sys/fs/cgroup/cpuacct && echo old || true"
    )
    number, *version = printed.split()
    return int(number) / (1_000_000 if version else 1_000)


def login_rate(stack: Stack, member: Customer, seconds: float) -> tuple[float, float]:
    """Return the sign-ins a second at 32 connections, and the CPU milliseconds of auth for each."""

    def sign_in(_: int, connection: http.client.HTTPConnection) -> None:
        status, answer = send(
            connection, "/api/v1/auth/login", {"email": str(member.email), "password": str(member.password)}
        )
        if status != 200:
            raise RuntimeError(answer.decode())

    began, used = time.monotonic(), cpu_milliseconds(stack, "auth")
    done = len(under_load(stack, seconds, sign_in))
    return done / (time.monotonic() - began), (cpu_milliseconds(stack, "auth") - used) / done


def raw_argon2_rate(stack: Stack, seconds: float) -> tuple[float, float]:
    """Return the bare password checks a second in the same container, and the CPU milliseconds of each."""
    script = RAW_ARGON2.format(memory=19456, passes=2, processes=RAW_PROCESSES, seconds=seconds)
    used = cpu_milliseconds(stack, "auth")
    rate = float(stack.run("exec", "-T", "auth", "python", "-c", script).split()[-1])
    return rate, (cpu_milliseconds(stack, "auth") - used) / (rate * seconds)


def refresh_times(stack: Stack, seconds: float) -> list[float]:
    """Return the milliseconds of refreshes at 32 connections, each of which continues a session of its own."""
    member = Customer(stack.base_url).register()
    tokens = [
        str(Customer(stack.base_url).sign_in(str(member.email), str(member.password)).refresh_token)
        for _ in range(CONNECTIONS)
    ]

    def refresh(number: int, connection: http.client.HTTPConnection) -> None:
        status, answer = send(connection, "/api/v1/auth/refresh", {"refresh_token": tokens[number]})
        if status != 200:
            raise RuntimeError(answer.decode())
        tokens[number] = json.loads(answer)["data"]["refresh_token"]

    return under_load(stack, seconds, refresh)


def seconds_to_refusal(stack: Stack, rounds: int) -> list[float]:
    """Return the seconds from the answer to a logout until books refuses the token, for each round."""
    waits = []
    member = Customer(stack.base_url).register()
    for _ in range(rounds):
        customer = Customer(stack.base_url).sign_in(str(member.email), str(member.password))
        if customer.get("/api/v1/books?per_page=1").status_code != 200:
            raise RuntimeError("a fresh token was refused")
        customer.post("/api/v1/auth/logout")
        began = time.perf_counter()
        while customer.get("/api/v1/books?per_page=1").status_code != 401:
            pass
        waits.append(time.perf_counter() - began)
    return waits


def login_milliseconds(stack: Stack, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds of a refused sign-in to an account that exists and to one that does not."""
    member = Customer(stack.base_url).register()
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    times: dict[str, list[float]] = {str(member.email): [], "nobody-at-all@example.com": []}
    for _ in range(rounds):
        for email, measured in times.items():
            began = time.perf_counter()
            status, answer = send(connection, "/api/v1/auth/login", {"email": email, "password": "not the password"})
            measured.append((time.perf_counter() - began) * 1000)
            if status != 401:
                raise RuntimeError(answer.decode())
    known, unknown = (statistics.median(measured) for measured in times.values())
    return known, unknown


def reset_milliseconds(stack: Stack, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds of asking for a new password of an account that exists and of one that does not.

    Each address is asked for once, in turn, as an attacker would who has a list.
    """
    members = [str(Customer(stack.base_url).register().email) for _ in range(rounds)]
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    known: list[float] = []
    unknown: list[float] = []
    for number, member in enumerate(members):
        stranger = f"stranger-{number:06x}{member[-18:]}"
        for email, measured in ((member, known), (stranger, unknown))[:: 1 if number % 2 else -1]:
            began = time.perf_counter()
            status, answer = send(connection, "/api/v1/auth/password-reset", {"email": email})
            measured.append((time.perf_counter() - began) * 1000)
            if status != 202:
                raise RuntimeError(answer.decode())
    return statistics.median(known), statistics.median(unknown)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    stack = Stack(rate_limit_scale=100_000, cheap_passwords=False)
    try:
        stack.start()
        member = Customer(stack.base_url).register()
        login_rate(stack, member, 2)
        raw, raw_cpu = raw_argon2_rate(stack, options.seconds)
        rate, cpu = login_rate(stack, member, options.seconds)
        print(f"sign-ins, {CONNECTIONS} connections   {rate:.1f}/s, raw argon2 {raw:.1f}/s, ratio {rate / raw:.2f}")
        print(f"CPU of auth for each       {cpu:.1f} ms, raw argon2 {raw_cpu:.1f} ms, ratio {raw_cpu / cpu:.2f}")
        known, unknown = login_milliseconds(stack, 50)
        print(f"refused sign-in, median    known {known:.1f} ms, unknown {unknown:.1f} ms, ratio {unknown / known:.3f}")
        known, unknown = reset_milliseconds(stack, 50)
        print(f"password reset, median     known {known:.1f} ms, unknown {unknown:.1f} ms, ratio {unknown / known:.3f}")
        times = refresh_times(stack, options.seconds)
        p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
        rate = len(times) / options.seconds
        print(f"refresh, {CONNECTIONS} connections    p50 {p50:.1f} ms, p99 {p99:.1f} ms, {rate:.0f}/s")
        check = stack.run("exec", "-T", "books", "python", "-c", REVOCATION_CHECK).split()
        print(f"revocation check at books  p50 {float(check[-2]):.3f} ms, p99 {float(check[-1]):.3f} ms")
        waits = seconds_to_refusal(stack, 50)
        print(f"logout to refusal          median {statistics.median(waits):.4f} s, longest {max(waits):.4f} s")
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
