"""What `make up` makes and says, and what it leaves alone."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack import REPOSITORY, succeed

RANDOM_TEXTS = {
    *(
        f"{role}_password"
        for role in ("postgres", "auth_owner", "auth_service", "books_owner", "books_service", "redis")
    ),
    "auth_secret_key",
}
MAKE_SECRETS = str(REPOSITORY / "deploy/scripts/secrets")
NOBODY = 65534


def mode_of(path: Path) -> int:
    """Return the permissions of ``path``."""
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, str]:
    """Return the text of every file below ``folder`` by its path."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_the_start_made_secrets_that_only_containers_can_read(stack):
    files = [path for path in stack.secrets_dir.rglob("*") if path.is_file()]

    assert {path.name for path in files} == RANDOM_TEXTS | {"ring.json"}
    assert mode_of(stack.secrets_dir) == 0o700
    assert {mode_of(path) for path in files} == {0o444}


def test_secrets_are_random_and_made_once(tmp_path):
    def make_secrets(name: str) -> dict[str, str]:
        succeed(MAKE_SECRETS, COLOPHON_SECRETS_DIR=str(tmp_path / name))
        return contents(tmp_path / name)

    first, second = make_secrets("first"), make_secrets("second")

    values = [text for made in (first, second) for text in made.values()]
    assert set(first) == RANDOM_TEXTS | {"signing-keys/ring.json"}
    assert len(set(values)) == len(values)
    assert {len(first[name]) for name in RANDOM_TEXTS} == {48}
    assert make_secrets("first") == first


def test_secrets_are_not_put_among_other_things_or_where_others_can_read_them(tmp_path):
    mine, public = tmp_path / "mine", tmp_path / "public"
    mine.mkdir(mode=0o700)
    (mine / "letter.txt").write_text("mine")
    public.mkdir()
    public.chmod(0o755)

    for folder, reason in ((mine, "holds other things"), (public, "open to other users")):
        with pytest.raises(RuntimeError, match=reason):
            succeed(MAKE_SECRETS, COLOPHON_SECRETS_DIR=str(folder))

    assert contents(tmp_path) == {"mine/letter.txt": "mine"}
    assert mode_of(public) == 0o755


def test_deleting_the_secrets_leaves_what_is_not_theirs(tmp_path):
    folder = tmp_path / "secrets"
    succeed(MAKE_SECRETS, COLOPHON_SECRETS_DIR=str(folder))
    (folder / "letter.txt").write_text("mine")

    succeed(MAKE_SECRETS, "--delete", COLOPHON_SECRETS_DIR=str(folder))
    assert contents(folder) == {"letter.txt": "mine"}

    (folder / "letter.txt").unlink()
    succeed(MAKE_SECRETS, "--delete", COLOPHON_SECRETS_DIR=str(folder))
    assert not folder.exists()


def test_the_start_ends_by_saying_where_and_what_next(stack):
    base_url = f"http://localhost:{stack.port}"

    for part in (f"{base_url}/api/v1/books", f"{base_url}/docs", "make demo", "make create-admin"):
        assert part in stack.closing_message


def test_starting_again_leaves_every_container_alone(stack):
    before, secrets = set(stack.containers()), contents(stack.secrets_dir)

    stack.start()

    assert set(stack.containers()) == before
    assert contents(stack.secrets_dir) == secrets


@pytest.fixture
def machine_without_docker() -> Iterator[Path]:
    """A folder open to everybody: a copy of deploy/engine, and bin/ with the machine's tools but for Docker.

    Whatever would change the machine only leaves its name in the folder calls/.
    """
    folder = Path(tempfile.mkdtemp(prefix="colophon-engine-"))
    folder.chmod(0o755)
    tools = folder / "bin"
    tools.mkdir()
    (folder / "calls").mkdir()
    (folder / "calls").chmod(0o777)
    for name in ("apt-get", "dpkg", "install", "setsid", "systemctl"):
        (tools / name).write_text(f"#!/bin/sh\n: >{folder}/calls/{name}\n")
        (tools / name).chmod(0o755)
    replaced = {path.name for path in tools.iterdir()}
    for path in Path("/usr/bin").iterdir():
        if "docker" not in path.name and path.name not in replaced:
            (tools / path.name).symlink_to(path)
    shutil.copytree(REPOSITORY / "deploy/engine", folder / "engine")
    yield folder
    shutil.rmtree(folder)


def test_without_docker_and_rights_nothing_is_changed_and_the_need_is_said(machine_without_docker):
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}

    finished = subprocess.run(
        [machine_without_docker / "engine/ensure"],
        env={"PATH": str(machine_without_docker / "bin")},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **as_nobody,
    )

    assert finished.returncode == 1, finished.stderr
    assert "nothing was changed" in finished.stderr
    assert "Docker Engine 24 or later, Compose v2 (docker compose) and Buildx" in finished.stderr
    assert "apt-get install docker.io docker-cli docker-compose docker-buildx" in finished.stderr
    assert not list((machine_without_docker / "calls").iterdir())
