"""What must not be written anywhere in the repository."""

from __future__ import annotations

import json
import re
import unicodedata

# Put together here, so that this file holds none of them.
REGISTRIES = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("deb", "debian", "org"))
]


def test_no_file_names_a_package_registry(repository, files):
    naming = [
        f"{path}: {host}" for path in files for host in REGISTRIES if host.encode() in (repository / path).read_bytes()
    ]

    assert naming == []


def test_locked_packages_carry_hashes_and_no_address(repository):
    for folder, at_least in (("services/auth", 10), ("services/books", 10), ("tests", 10), ("deploy/mail-sink", 3)):
        path = repository / folder
        text = (path / "requirements.txt").read_text("utf-8")
        packages = re.findall(r"^[a-z0-9._-]+==\S+", text, re.MULTILINE)

        assert len(packages) >= at_least
        assert text.count(" \\\n    --hash=sha256:") >= len(packages)
        assert "://" not in text


def test_no_private_key_or_secret_is_committed(repository, files):
    assert [str(path) for path in files if ".secrets" in path.parts or path.name == ".env"] == []
    marker = "-----BEGIN " + "PRIVATE KEY"
    assert [str(path) for path in files if marker.encode() in (repository / path).read_bytes()] == []


def test_sources_are_plain_text(repository, files):
    for path in files:
        if path.suffix in {".py", ".conf", ".yml", ".toml", ".md", ".sh"}:
            text = (repository / path).read_bytes().decode("utf-8")
            assert "\r" not in text, path
            assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text), path


def test_the_api_document_speaks_no_other_address(repository):
    document = json.loads((repository / "docs/api/openapi.json").read_text("utf-8"))

    assert document["servers"] == [{"url": "/"}]
