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
    """Starts the stack as an operator does, runs commands in it and removes it with its data and secrets.

    It is the shipped compose file, and it differs from an installation by documented settings only: project name, port
    and folder of the secrets are its own, the version (the tag of the images) is "test", one CORS origin is allowed,
    registrations are hardly limited, links in mails lead to it, and what the arguments say. They are set in the
    environment of this process, so that every command of the operator concerns this stack.

    Args:
        rate_limit_scale: what every limit is multiplied by.
        cheap_passwords: whether password hashes cost next to nothing, instead of what an installation has.
        books_replicas: how many containers serve books.
        mails: whether mails are sent, to the mail sink; without it there is no mail server.
    """

    def __init__(
        self,
        *,
        rate_limit_scale: int = RATE_LIMIT_SCALE,
        cheap_passwords: bool = True,
        books_replicas: int = 1,
        mails: bool = False,
    ) -> None:
        self.port = free_port()
        self.mail_sink_port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="colophon-test-"))
        self.secrets_dir = self.folder / "secrets"
        self.closing_message = ""
        self.environment = {
            "COMPOSE_PROJECT_NAME": f"colophon-test-{secrets.token_hex(3)}",
            "COLOPHON_PORT": str(self.port),
            "COLOPHON_SECRETS_DIR": str(self.secrets_dir),
            "COLOPHON_VERSION": "test",
            "COLOPHON_RATE_LIMIT_SCALE": str(rate_limit_scale),
            "COLOPHON_CORS_ALLOWED_ORIGINS": "https://catalogue.example",
            "AUTH_RATE_LIMIT_REGISTRATIONS": "1000 per hour",
            "BOOKS_REPLICAS": str(books_replicas),
            "COLOPHON_PUBLIC_URL": self.base_url,
            "COLOPHON_MAIL_SINK_PORT": str(self.mail_sink_port),
            "COMPOSE_PROFILES": "mail" if mails else "",
            "AUTH_SMTP_HOST": "mail-sink" if mails else "",
            "AUTH_SMTP_PORT": "1025",
            "AUTH_SMTP_SECURITY": "none",
            "AUTH_MAIL_FROM": "Colophon <colophon@localhost>",
        }
        if cheap_passwords:
            self.environment |= {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_TIME_COST": "1"}
        os.environ.update(self.environment)
        self.compose = DockerCompose(REPOSITORY)

    @property
    def base_url(self) -> str:
        """The gateway."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Bring everything up healthy by the operator's command; may be repeated.

        Raises:
            RuntimeError: with all its output when it fails.
        """
        self.closing_message = succeed(str(REPOSITORY / "deploy/scripts/up"))

    def stop(self) -> None:
        """Remove the containers, networks, volumes and secrets of this stack."""
        self.run("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Run a docker compose command of this project and return its output.

        Raises:
            RuntimeError: with all its output when it fails.
        """
        return succeed(*self.compose.docker_compose_command(), *arguments, stdin=stdin)

    def containers(self, *services: str) -> list[str]:
        """Return the ids of the containers of ``services``, or of all of them, stopped ones too."""
        return self.run("ps", "--all", "--quiet", *services).split()

    def host_address(self) -> str:
        """Return the address that this machine has for the gateway: requests to a published port arrive from there."""
        network = self.environment["COMPOSE_PROJECT_NAME"] + "_public"
        return docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", network).strip()

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


def make(*arguments: str, stdin: bytes | None = None, **environment: str) -> str:
    """Run a make target against the stack and return what it prints.

    Raises:
        RuntimeError: with all its output when it fails.
    """
    # Under another make it would tell of its folder among what is looked at.
    return succeed("make", "--no-print-directory", *arguments, stdin=stdin, **environment)


def docker(*arguments: str) -> str:
    """Run a docker command and return its output.

    Raises:
        RuntimeError: with all its output when it fails.
    """
    return succeed("docker", *arguments)


def succeed(*command: str, stdin: bytes | None = None, **environment: str) -> str:
    """Run a command in the repository, ``environment`` added, and return what it prints, errors left out.

    Raises:
        RuntimeError: with all its output when it fails.
    """
    finished = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | environment,
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(f"{command} failed:\n{(finished.stdout + finished.stderr).decode()}")
    return finished.stdout.decode()
