"""The process that does what no request may wait for: tasks that come round again and again, each in its own thread.

A notification of the database wakes them at once. It is an advice only: the interval of a task is the longest that its
work waits, whatever becomes of the connection that listens.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg2
import psycopg2.extensions
import structlog
from psycopg2 import sql
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from servicekit.database import CONNECT_TIMEOUT_SECONDS

log = structlog.get_logger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
ROUNDS_END_WITHIN_SECONDS = 20.0
# How soon the listening thread notices that the process ends.
LISTEN_POLL_SECONDS = 1.0
# A silent connection is asked whether it is alive; a server that vanished says nothing by itself.
ASK_AFTER_SILENCE_SECONDS = 30.0
RECONNECT_FIRST_SECONDS = 1.0
RECONNECT_MOST_SECONDS = 30.0

Listen = Callable[[], Any]


class Application(Protocol):
    """What a task needs of the Flask application."""

    config: Any
    extensions: dict[str, Any]

    def app_context(self) -> AbstractContextManager[Any]:
        """Return the context that a session of the database lives in."""


@dataclass(frozen=True, slots=True)
class Task:
    """Work that comes round again.

    Args:
        name: what the logs and the heartbeat call it.
        interval_seconds: how long it rests when there is nothing more to do, or after a round that failed.
        run: does one round, in no application context, and returns whether there is more to do at once.
    """

    name: str
    interval_seconds: float
    run: Callable[[], bool]


def listening_connection(url: URL, application_name: str) -> Listen:
    """Return a function that opens a connection to listen on, outside of any pool."""

    def connect() -> Any:
        return psycopg2.connect(
            host=url.host,
            port=url.port or 5432,
            dbname=url.database,
            user=url.username,
            password=url.password,
            application_name=application_name,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
        )

    return connect


def run_worker(tasks: Sequence[Task], *, listen: Listen | None, channel: str, heartbeat_dir: Path) -> None:
    """Run ``tasks`` until SIGTERM or SIGINT; then begin no round and give those under way 20 s.

    It belongs into the first thread of a process. Without ``listen`` nothing but the intervals wakes the tasks.
    """
    # Blocked in every thread that is started from here, so that the signal waits for sigwait.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        worker = Worker(tasks, listen=listen, channel=channel, heartbeat_dir=heartbeat_dir)
        worker.start()
        received = signal.sigwait(STOP_SIGNALS)
        log.info("worker_stopping", signal=signal.Signals(received).name)
        unfinished = worker.stop(ROUNDS_END_WITHIN_SECONDS)
        log.info("worker_stopped", unfinished=unfinished)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Worker:
    """The threads of ``run_worker``; see there."""

    def __init__(self, tasks: Sequence[Task], *, listen: Listen | None, channel: str, heartbeat_dir: Path) -> None:
        self._tasks = tasks
        self._heartbeat_dir = heartbeat_dir
        self._stopping = threading.Event()
        self._woken = {task.name: threading.Event() for task in tasks}
        # Daemons: a round that does not end must not keep the process alive.
        self._threads = [threading.Thread(target=self._repeat, args=[t], name=t.name, daemon=True) for t in tasks]
        if listen is not None:
            self._threads.append(
                threading.Thread(target=self._listen, args=[listen, channel], name="listen", daemon=True)
            )

    def start(self) -> None:
        """Start every thread."""
        self._heartbeat_dir.mkdir(parents=True, exist_ok=True)
        for task in self._tasks:
            # Overdue until its first round has succeeded.
            self._beat(task, due_at=0)
        for thread in self._threads:
            thread.start()
        log.info("worker_started", tasks=[task.name for task in self._tasks])

    def wake(self) -> None:
        """Let every resting task begin its next round now."""
        for woken in self._woken.values():
            woken.set()

    def stop(self, seconds: float) -> list[str]:
        """Begin no round any more; return the names of the threads that are still at work after ``seconds``."""
        self._stopping.set()
        self.wake()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _repeat(self, task: Task) -> None:
        woken = self._woken[task.name]
        last_failure: type[Exception] | None = None
        while True:
            # Cleared before the round: what wakes it during the round may have come too late for it.
            woken.clear()
            if self._stopping.is_set():
                return
            try:
                more = task.run()
                self._beat(task, due_at=time.time() + (0 if more else task.interval_seconds))
            except Exception as error:
                # A failure that repeats is told once in full. The driver's words may hold people's data.
                told = type(error) is last_failure or isinstance(error, SQLAlchemyError)
                log.error("task_failed", task=task.name, reason=type(error).__name__, exc_info=None if told else error)
                last_failure = type(error)
                self._stopping.wait(task.interval_seconds)
                continue
            last_failure = None
            if not more:
                woken.wait(task.interval_seconds)

    def _beat(self, task: Task, *, due_at: float) -> None:
        """Write down when the next round of ``task`` is due, as the time of a file; ``worker_probe`` reads it."""
        path = self._heartbeat_dir / task.name
        path.touch()
        os.utime(path, (due_at, due_at))

    def _listen(self, listen: Listen, channel: str) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                connection = listen()
                try:
                    connection.autocommit = True
                    with connection.cursor() as cursor:
                        cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                    failures = 0
                    # Nobody was told meanwhile.
                    self.wake()
                    self._hear(connection)
                finally:
                    connection.close()
            except (psycopg2.Error, OSError) as error:
                wait = min(RECONNECT_MOST_SECONDS, RECONNECT_FIRST_SECONDS * 2 ** min(failures, 10))
                failures += 1
                log.warning("listening_interrupted", reason=type(error).__name__, again_in_seconds=wait)
                self._stopping.wait(wait)

    def _hear(self, connection: Any) -> None:
        heard_at = time.monotonic()
        while not self._stopping.is_set():
            readable, _, _ = select.select([connection], [], [], LISTEN_POLL_SECONDS)
            if readable:
                heard_at = time.monotonic()
                connection.poll()
            elif time.monotonic() - heard_at > ASK_AFTER_SILENCE_SECONDS:
                heard_at = time.monotonic()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            # The question brings what was sent along with its answer.
            if connection.notifies:
                connection.notifies.clear()
                self.wake()
