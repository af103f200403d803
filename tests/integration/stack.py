"""The real stack of docker-compose.yml under a project name and a port of its own."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# Before the first import of testcontainers: its reaper is an image of its own, which a machine without registry lacks.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

from testcontainers.compose import DockerCompose

REPOSITORY = Path(__file__).resolve().parents[2]
RATE_LIMIT_SCALE = 10


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Stack:
    """Starts the stack, runs commands in it and removes it with its data.

    The limits are scaled and password hashes are cheap, both by documented settings; nothing else differs from what an
    operator runs.
    """

    def __init__(self, *, rate_limit_scale: int = RATE_LIMIT_SCALE, cheap_passwords: bool = True) -> None:
        self.port = free_port()
        self.secrets_dir = Path(tempfile.mkdtemp(prefix="colophon-secrets-"))
        self.environment = {
            "COMPOSE_PROJECT_NAME": f"colophon-test-{secrets.token_hex(3)}",
            "COLOPHON_PORT": str(self.port),
            "COLOPHON_SECRETS_DIR": str(self.secrets_dir),
            "COLOPHON_VERSION": "test",
            "COLOPHON_RATE_LIMIT_SCALE": str(rate_limit_scale),
            "COLOPHON_CORS_ALLOWED_ORIGINS": "https://catalogue.example",
            "AUTH_RATE_LIMIT_REGISTRATIONS": "1000 per hour",
        }
        if cheap_passwords:
            self.environment |= {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_TIME_COST": "1", "BOOKS_REPLICAS": "2"}
        os.environ.update(self.environment)
        self.compose = DockerCompose(REPOSITORY)

    @property
    def base_url(self) -> str:
        """The gateway."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Make secrets and bring everything up healthy."""
        subprocess.run([REPOSITORY / "deploy/scripts/secrets"], check=True, stdout=subprocess.DEVNULL)
        self.run("build", "--quiet")
        self.run("up", "--detach", "--wait")

    def stop(self) -> None:
        """Remove the containers, networks, volumes and secrets of this stack."""
        self.run("down", "--volumes", "--remove-orphans", "--timeout", "5")
        shutil.rmtree(self.secrets_dir, ignore_errors=True)

    def run(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Run a docker compose command of this project and return its output.

        Raises:
            RuntimeError: with all its output when it fails.
        """
        finished = subprocess.run(
            [*self.compose.docker_compose_command(), *arguments],
            cwd=REPOSITORY,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if finished.returncode:
            raise RuntimeError(f"{arguments} failed:\n{(finished.stdout + finished.stderr).decode()}")
        return finished.stdout.decode()

    def containers(self, service: str) -> list[str]:
        """Return the ids of the containers of ``service``, stopped ones too."""
        return self.run("ps", "--all", "--quiet", service).split()

    @contextlib.contextmanager
    def without(self, service: str, how: str) -> Iterator[None]:
        """Take a service away by ``stop`` or ``pause``, bring it back and wait until it is healthy."""
        back = {"stop": "start", "pause": "unpause"}[how]
        containers = self.containers(service)
        docker(how, *containers)
        try:
            yield
        finally:
            docker(back, *containers)
            self.wait_healthy(service)

    def wait_healthy(self, service: str) -> None:
        """Return when all containers of ``service`` are healthy.

        Raises:
            TimeoutError: when they are not within a minute.
        """
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            states = docker("inspect", "--format", "{{.State.Health.Status}}", *self.containers(service)).split()
            if set(states) == {"healthy"}:
                return
            time.sleep(0.2)
        raise TimeoutError(f"{service} is {states}")


def docker(*arguments: str) -> str:
    """Run a docker command and return its output."""
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout
