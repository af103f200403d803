"""The process that does what no request may wait for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import psycopg2
import pytest
from sqlalchemy.exc import OperationalError

from servicekit import worker_probe
from servicekit.database import bound_socket_waits, database_url, wait_without_bound
from servicekit.worker import Task, Worker, listening_connection

# A guard against hanging, not a measure of speed.
AT_MOST = 20.0
NEVER = 3600.0


def until(condition):
    """Wait for a condition."""
    deadline = time.monotonic() + AT_MOST
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


class Rounds:
    """A task that counts its rounds; ``outcomes`` are what they return or raise, the last one for all later ones."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes) or [False]
        self.count = 0

    def __call__(self):
        """Do a round."""
        self.count += 1
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture
def run(tmp_path):
    """Return a function that starts a worker, which is stopped after the test."""
    started = []

    def run(*tasks, listen=None):
        worker = Worker(tasks, listen=listen, channel="jobs", heartbeat_dir=tmp_path / "beats")
        started.append(worker)
        worker.start()
        return worker

    yield run
    for worker in started:
        assert worker.stop(AT_MOST) == []


@pytest.fixture
def notify(servers, database_name):
    """Return a function that notifies the tasks; as the product does it, the waits for the database are bounded."""
    bound_socket_waits()

    def notify(statement="NOTIFY jobs"):
        with closing(servers.connect(database_name)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    yield notify
    wait_without_bound()


@pytest.fixture
def listen(environment):
    url = database_url(environment["TEST_DATABASE_URL"], environment["TEST_DATABASE_PASSWORD"])
    return listening_connection(url, "listening-test")


def listening(servers, database_name):
    with closing(servers.connect(database_name)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'listening-test' AND query ILIKE 'LISTEN%'"
        )
        return cursor.fetchone()[0]


def test_task_comes_round_after_its_interval(run):
    rounds = Rounds()
    run(Task("steady", 0.01, rounds))

    until(lambda: rounds.count >= 3)


def test_task_with_more_to_do_does_not_rest(run):
    rounds = Rounds(True, True, False)
    run(Task("busy", NEVER, rounds))

    until(lambda: rounds.count == 3)


def test_tasks_do_not_wait_for_each_other(run):
    held, release, quick = threading.Event(), threading.Event(), Rounds()

    def slow():
        held.set()
        return release.wait(AT_MOST) and False

    run(Task("slow", NEVER, slow), Task("quick", 0.01, quick))
    assert held.wait(AT_MOST)

    until(lambda: quick.count >= 3)
    release.set()


def test_failure_is_told_once_in_full_and_the_task_goes_on(run, recorder):
    rounds = Rounds(RuntimeError("secret"), RuntimeError("secret"), False)
    run(Task("frail", 0.01, rounds))

    until(lambda: rounds.count >= 4)
    first, second = recorder.named("task_failed")
    assert (first["task"], first["reason"], "exception" in first) == ("frail", "RuntimeError", True)
    assert (second["reason"], "exception" in second) == ("RuntimeError", False)


def test_words_of_the_database_stay_out_of_the_log(run, recorder):
    rounds = Rounds(OperationalError("SELECT 1", {}, Exception("somebody@example.org")), False)
    run(Task("frail", 0.01, rounds))

    until(lambda: rounds.count >= 2)
    assert "somebody" not in str(recorder.events)


def test_failed_task_rests_although_it_is_woken(run):
    rounds, other = Rounds(RuntimeError()), Rounds()
    worker = run(Task("frail", NEVER, rounds), Task("sound", NEVER, other))
    until(lambda: rounds.count == 1 and other.count == 1)

    worker.wake()

    until(lambda: other.count == 2)
    assert rounds.count == 1


def test_notification_wakes_every_task(run, listen, notify, servers, database_name):
    one, two = Rounds(), Rounds()
    run(Task("one", NEVER, one), Task("two", NEVER, two), listen=listen)
    until(lambda: listening(servers, database_name))

    # The first of these rounds may still be owed to the beginning of the listening.
    for _ in range(3):
        before = one.count, two.count
        notify()
        until(lambda before=before: one.count > before[0] and two.count > before[1])


def test_task_is_woken_when_a_lost_connection_is_back(run, listen, notify, servers, database_name, recorder):
    rounds = Rounds()
    run(Task("one", NEVER, rounds), listen=listen)
    until(lambda: listening(servers, database_name))
    before = rounds.count

    notify(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'listening-test' AND datname = current_database()"
    )

    until(lambda: recorder.named("listening_interrupted"))
    until(lambda: listening(servers, database_name))
    until(lambda: rounds.count > before)


def test_silent_connection_is_asked_whether_it_is_alive(run, listen, notify, servers, database_name, monkeypatch):
    monkeypatch.setattr("servicekit.worker.ASK_AFTER_SILENCE_SECONDS", 0.0)
    monkeypatch.setattr("servicekit.worker.LISTEN_POLL_SECONDS", 0.01)
    asked = threading.Event()

    class Asked(psycopg2.extensions.cursor):
        """A cursor that tells of the question."""

        def execute(self, query, *arguments):
            """Run the query."""
            super().execute(query, *arguments)
            if query == "SELECT 1":
                asked.set()

    def connect():
        connection = listen()
        connection.cursor_factory = Asked
        return connection

    rounds = Rounds()
    run(Task("one", NEVER, rounds), listen=connect)
    assert asked.wait(AT_MOST)
    before = rounds.count

    notify()

    until(lambda: rounds.count > before)


def test_tasks_come_round_while_there_is_no_database(run, free_port, recorder):
    rounds = Rounds()
    listen = listening_connection(database_url(f"postgresql+psycopg2://x@127.0.0.1:{free_port}/x", "x"), "test")
    run(Task("steady", 0.01, rounds), listen=listen)

    until(lambda: recorder.named("listening_interrupted") and rounds.count >= 3)


def test_stop_tells_what_is_still_at_work(run):
    held, release = threading.Event(), threading.Event()

    def slow():
        held.set()
        return release.wait(AT_MOST)

    worker = run(Task("slow", NEVER, slow))
    assert held.wait(AT_MOST)

    assert worker.stop(0.05) == ["slow"]
    release.set()


def test_task_is_healthy_from_its_first_good_round_on(run, tmp_path, capsys):
    let_in, failing = threading.Event(), Rounds(RuntimeError())
    run(Task("late", NEVER, lambda: let_in.wait(AT_MOST) and False), Task("frail", 0.01, failing))
    until(lambda: failing.count >= 2)

    assert worker_probe.main(tmp_path / "beats", 60) == 1
    assert capsys.readouterr().err == "overdue: frail, late\n"

    let_in.set()
    failing.outcomes[:] = [False]
    until(lambda: worker_probe.main(tmp_path / "beats", 60) == 0)


def test_task_is_overdue_some_time_after_the_end_of_its_interval(run, tmp_path):
    rounds = Rounds()
    run(Task("daily", 1000, rounds))
    beat = tmp_path / "beats" / "daily"
    until(lambda: beat.stat().st_mtime > 0)

    assert beat.stat().st_mtime == pytest.approx(time.time() + 1000, abs=AT_MOST)
    os.utime(beat, (time.time() - 61, time.time() - 61))
    assert worker_probe.main(tmp_path / "beats", 60) == 1
    assert worker_probe.main(tmp_path / "beats", 120) == 0


def test_worker_without_heartbeats_is_not_healthy(tmp_path):
    assert worker_probe.main(tmp_path, 60) == 1
    assert worker_probe.main(tmp_path / "nothing", 60) == 1


PROCESS = """
import sys, time
from pathlib import Path
from servicekit.logs import configure_logging
from servicekit.worker import Task, run_worker

def slow():
    print("slow round begins", flush=True)
    time.sleep(0.5)
    print("slow round ends", flush=True)
    return True

configure_logging("example", "info", Path("/dev/null"))
run_worker([Task("slow", 3600, slow)], listen=None, channel="jobs", heartbeat_dir=Path(sys.argv[1]))
print("over", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_the_round_under_way_finish_and_begins_no_other(tmp_path, number):
    with subprocess.Popen([sys.executable, "-c", PROCESS, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        lines = iter(process.stdout.readline, "")
        assert next(line for line in lines if "slow round begins" in line)
        process.send_signal(number)
        rest = list(lines)
        code = process.wait(AT_MOST)

    assert (code, rest) == (0, ["slow round ends\n", "over\n"])
