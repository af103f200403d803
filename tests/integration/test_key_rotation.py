"""Replacing the key that signs tokens, planned and in an emergency, and rings that no service may start with."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from customer import Customer
from stack import REPOSITORY, Stack, make

BROKEN_RING = {
    "keys": [
        {"kid": "../../etc/passwd", "secret": "thirty-one bytes are not enough", "state": "active"},
        {"kid": "twin", "secret": "t" * 48, "state": "on"},
        {"kid": "twin", "secret": "t" * 48, "state": "retired", "active_from": "tomorrow"},
    ]
}
PROBLEMS_OF_BROKEN_RING = (
    "key 0: its kid must be 1 to 64 letters, digits, - or _",
    "key 0: its secret is shorter than 32 bytes",
    "key 1 (twin): its state is not next, active or retired",
    "key 2 (twin): it is retired without retire_at, so its tokens would be accepted for ever",
    "key 2 (twin): its active_from must be a time as 2030-01-31T12:00:00Z",
    "key 2 (twin): its kid is used twice",
    "key 2 (twin): its secret is used twice",
    "no key is active",
)


def kid_of(token: str) -> str:
    """Return the name of the key that signed a token, from its header (RFC 7515, section 4.1.4)."""
    header = token.split(".")[0]
    kid: str = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    return kid


def ring_file(stack: Stack) -> Path:
    """Return where the stack has its ring."""
    return stack.secrets_dir / "signing-keys/ring.json"


def keys_of(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the keys of the ring by their names."""
    return {key["kid"]: key for key in json.loads(ring_file(stack).read_text("utf-8"))["keys"]}


def states() -> dict[str, str]:
    """Return the state of each key as `make keys` shows it."""
    return dict(line.split()[:2] for line in make("keys").splitlines()[1:])


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Return when ``condition`` holds; fail when it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def refresh(customer: Customer) -> int:
    """Have a customer get new tokens, with nothing but the refresh token, and return the status."""
    answer = customer.post("/api/v1/auth/refresh", headers={"Authorization": f"Bearer {customer.refresh_token}"})
    if answer.status_code == 200:
        tokens = answer.json()["data"]
        customer.access_token, customer.refresh_token = tokens["access_token"], tokens["refresh_token"]
    return answer.status_code


def statuses_at_both(customer: Customer) -> tuple[int, int]:
    """Return what auth and books answer to the token of a customer."""
    return customer.get("/api/v1/auth/me").status_code, customer.get("/api/v1/books?per_page=1").status_code


class Traffic:
    """Customers who read with tokens they hold, sign in and refresh, until the end of the ``with`` block."""

    def __init__(self, new_member: Callable[[], Customer]) -> None:
        self.answers: Counter[str] = Counter()
        self.kids: set[str] = set()
        self._stop = threading.Event()
        rounds = (self._read, self._read, self._read, self._sign_in, self._refresh, self._refresh)
        # An account for each, or a quick machine would use up the limits of one.
        self._threads = [threading.Thread(target=self._repeat, args=(one, new_member())) for one in rounds]

    def __enter__(self) -> Traffic:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, one_round: Callable[[Customer], None], customer: Customer) -> None:
        while not self._stop.wait(0.02):
            try:
                one_round(customer)
            except (OSError, AssertionError) as error:
                self.answers[repr(error)] += 1

    def _read(self, customer: Customer) -> None:
        for status in statuses_at_both(customer):
            self.answers[f"read {status}"] += 1

    def _sign_in(self, customer: Customer) -> None:
        customer.sign_in(customer.email or "", customer.password or "")
        self._use_new_token("sign-in", customer)

    def _refresh(self, customer: Customer) -> None:
        self.answers[f"refresh {refresh(customer)}"] += 1
        self._use_new_token("refresh", customer)

    def _use_new_token(self, got_by: str, customer: Customer) -> None:
        self.kids.add(kid_of(customer.access_token or ""))
        for status in statuses_at_both(customer):
            self.answers[f"read after {got_by} {status}"] += 1


def test_rotating_the_key_twice_refuses_nobody(stack, new_member):
    early = new_member()
    first = kid_of(early.access_token)
    rotated_to = []

    with Traffic(new_member) as traffic:
        for _ in range(2):
            rotated_to.extend(re.findall(r"Key (\S+) is published and signs from ", make("rotate-key")))
            wait_until(lambda: {first, *rotated_to} <= traffic.kids, 20)
        # On until every process has long signed and verified with the last key.
        wait_until(lambda: states()[rotated_to[-1]] == "active", 20)

    assert {answer.rpartition(" ")[2] for answer in traffic.answers} == {"200"}, traffic.answers
    assert sum(traffic.answers.values()) > 200
    assert {"read 200", "refresh 200", "read after sign-in 200", "read after refresh 200"} <= set(traffic.answers)
    assert {first, *rotated_to} == traffic.kids
    second, third = rotated_to
    assert kid_of(new_member().access_token) == third
    assert statuses_at_both(early) == (200, 200)
    assert {kid: state for kid, state in states().items() if kid in traffic.kids} == {
        first: "retired",
        second: "retired",
        third: "active",
    }
    logged = stack.run("logs", "--no-log-prefix", "auth", "books")
    told_by = re.findall(rf'^.*{third}.*"key_ring_reloaded".*"service": "(\w+)"', logged, re.MULTILINE)
    assert set(told_by) == {"auth", "books"}


def test_ring_stays_readable_for_the_services_and_for_nobody_else(stack):
    folder = ring_file(stack).parent
    before = (folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid)

    make("rotate-key")

    assert (folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid) == before
    assert [path.name for path in folder.iterdir()] == ["ring.json"]
    assert (ring_file(stack).stat().st_mode & 0o777, ring_file(stack).stat().st_uid) == (0o444, folder.stat().st_uid)


def test_key_that_waits_in_the_ring_is_promoted(stack):
    prepared = {"kid": "prepared-by-hand", "secret": "p" * 48, "state": "next"}
    put_ring(stack, {"keys": [*keys_of(stack).values(), prepared]})
    assert states()["prepared-by-hand"] == "next"

    make("rotate-key", "AHEAD=6")

    assert keys_of(stack)["prepared-by-hand"]["state"] == "active"
    wait_until(lambda: states()["prepared-by-hand"] == "active", 20)


def test_what_operators_see_of_keys_holds_no_secret(stack):
    printed = make("keys") + make("rotate-key") + stack.run("logs", "--no-log-prefix")

    assert [key["kid"] for key in keys_of(stack).values() if key["kid"] not in printed] == []
    assert [key["kid"] for key in keys_of(stack).values() if key["secret"] in printed] == []


@pytest.fixture
def admin_signs_in_again(admin: Customer) -> Iterator[None]:
    """Give the admin, whom other tests share, tokens of the key that is there after the test."""
    yield
    admin.sign_in(admin.email or "", admin.password or "")


@pytest.mark.usefixtures("admin_signs_in_again")
def test_leaked_key_is_refused_at_once_and_clients_recover_by_refreshing(stack, member):
    (leaked,) = (key for key in keys_of(stack).values() if key["kid"] == kid_of(member.access_token))
    attacker = Customer(stack.base_url, access_token=signed_again(member.access_token, leaked["secret"]))
    assert statuses_at_both(attacker) == (200, 200)

    printed = make("rotate-key", "EMERGENCY=1")

    wait_until(lambda: statuses_at_both(member) == statuses_at_both(attacker) == (401, 401), 2)
    for path in ("/api/v1/auth/me", "/api/v1/books"):
        assert member.get(path).json()["error"]["code"] == "token_invalid"
    assert refresh(member) == 200
    assert statuses_at_both(member) == (200, 200)
    assert f"Key {kid_of(member.access_token)} signs now, and no other is accepted" in printed
    assert set(states().values()) == {"active", "retired"}
    assert kid_of(member.access_token) != leaked["kid"]


def signed_again(token: str, secret: str) -> str:
    """Return ``token`` with a signature made by hand, as whoever has the secret can."""
    content = token.rpartition(".")[0]
    digest = hmac.digest(secret.encode(), content.encode(), hashlib.sha256)
    return f"{content}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def put_ring(stack: Stack, ring: dict[str, Any]) -> None:
    """Replace the ring by hand, as the manual tells: by a rename inside the folder."""
    successor = ring_file(stack).with_name("ring.json.mine")
    successor.write_text(json.dumps(ring), "utf-8")
    successor.chmod(0o444)
    successor.rename(ring_file(stack))


@contextlib.contextmanager
def broken_ring(stack: Stack) -> Iterator[None]:
    """Have a ring with every kind of problem in place for a while."""
    good = {"keys": list(keys_of(stack).values())}
    put_ring(stack, BROKEN_RING)
    try:
        yield
    finally:
        put_ring(stack, good)


def test_broken_ring_stops_every_command_with_all_its_problems_and_no_service_that_runs(stack, member):
    commands = (["make", "rotate-key"], ["make", "rotate-key", "EMERGENCY=1"], ["make", "keys"], ["make", "up"])
    before = set(stack.containers())
    # Each process looks at the ring when it has a request; all have to know the good one first.
    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(lambda _: statuses_at_both(member), range(240))) == {(200, 200)}

    with broken_ring(stack):
        for command in commands:
            finished = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
            printed = finished.stdout + finished.stderr

            assert finished.returncode != 0, printed
            assert [problem for problem in PROBLEMS_OF_BROKEN_RING if problem not in printed] == [], printed
            assert "Traceback" not in printed
            assert "thirty-one bytes" not in printed
        assert json.loads(ring_file(stack).read_text("utf-8")) == BROKEN_RING
        assert statuses_at_both(member) == (200, 200)
        logged = stack.run("logs", "--no-log-prefix", "auth", "books")

    assert "key_ring_reload_failed" in logged
    assert set(stack.containers()) == before
    assert statuses_at_both(member) == (200, 200)


@pytest.mark.parametrize("service", ["auth", "books", "auth-worker"])
def test_service_with_a_broken_ring_ends_with_its_problems_told_once(stack, service):
    with broken_ring(stack), pytest.raises(RuntimeError) as ended:
        stack.run("run", "--rm", "--no-deps", "-T", service)

    printed = str(ended.value)
    assert [printed.count(problem) for problem in PROBLEMS_OF_BROKEN_RING] == [1] * len(PROBLEMS_OF_BROKEN_RING), (
        printed
    )
    assert "Traceback" not in printed
