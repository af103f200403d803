"""What docs/security.md says is complete, and what it says is proved is a test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from auth_service.config import AuthConfig
from auth_service.users.passwords import CONTEXT_WORDS
from servicekit.env import settings_of

# ASVS 5.0.0, chapters V6, V7 and V9: the last number of each section, and which of its requirements are of level 1 and
# of level 3. The rest are of level 2.
SECTIONS = {
    "V6.1": (3, {1}, set()),
    "V6.2": (12, {1, 2, 3, 4, 5, 6, 7, 8}, set()),
    "V6.3": (8, {1, 2}, {5, 6, 7, 8}),
    "V6.4": (6, {1, 2}, {5, 6}),
    "V6.5": (8, set(), {6, 7, 8}),
    "V6.6": (4, set(), {4}),
    "V6.7": (2, set(), {1, 2}),
    "V6.8": (4, set(), set()),
    "V7.1": (3, set(), set()),
    "V7.2": (4, {1, 2, 3, 4}, set()),
    "V7.3": (2, set(), set()),
    "V7.4": (5, {1, 2}, set()),
    "V7.5": (3, set(), {3}),
    "V7.6": (2, set(), set()),
    "V9.1": (3, {1, 2, 3}, set()),
    "V9.2": (4, {1}, set()),
}
STATUSES = {"met", "not met", "not applicable"}
PROOF = re.compile(r"`([\w/.-]+\.py)::(\w+)`")


class Requirement(NamedTuple):
    """A row of the mapping."""

    id: str
    level: int
    asks_for: str
    status: str
    how: str
    proof: str


@pytest.fixture(scope="module", name="document")
def _document(repository):
    return (repository / "docs/security.md").read_text("utf-8")


@pytest.fixture(scope="module", name="requirements")
def _requirements(document):
    rows = re.findall(r"^\| (V\d+\.\d+\.\d+) \| (\d) \|(.*)\|(.*)\|(.*)\|(.*)\|$", document, re.MULTILINE)
    return [Requirement(row[0], int(row[1]), *(cell.strip() for cell in row[2:])) for row in rows]


def expected() -> Iterator[tuple[str, int]]:
    """Yield each requirement of levels 1 and 2 with its level."""
    for section, (last, first_level, third_level) in SECTIONS.items():
        for number in range(1, last + 1):
            if number not in third_level:
                yield f"{section}.{number}", 1 if number in first_level else 2


def test_every_requirement_is_listed_once_with_its_level(requirements):
    assert [(found.id, found.level) for found in requirements] == list(expected())


def test_every_requirement_has_a_status_and_a_proof_or_a_reason(requirements):
    wrong = [
        found.id
        for found in requirements
        if found.status not in STATUSES
        or not found.asks_for
        or (found.status == "met") != bool(PROOF.search(found.proof))
        or (found.status != "met" and not found.how)
    ]

    assert wrong == []


def test_every_test_that_is_named_exists(repository, document):
    named = set(PROOF.findall(document))
    missing = [
        f"{path}::{test}"
        for path, test in sorted(named)
        if not (repository / path).is_file()
        or not re.search(rf"^def {test}\(", (repository / path).read_text("utf-8"), re.MULTILINE)
    ]

    assert named
    assert missing == []
    assert document.count("::test_") == len(PROOF.findall(document))


def test_every_link_of_the_document_leads_somewhere(repository, document):
    headings = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings_of(document)}
    broken = [
        link
        for link in re.findall(r"\]\(([^)]+)\)", document)
        if (link[1:] not in headings if link.startswith("#") else not (repository / "docs" / link).is_file())
    ]

    assert broken == []


def headings_of(document: str) -> list[str]:
    """Return the headings of a document."""
    return re.findall(r"^#+ (.+)$", document, re.MULTILINE)


def test_the_lives_in_the_document_are_those_of_the_code(document):
    told = {name: int(value) for name, value in re.findall(r"`(AUTH_\w+_(?:SECONDS|MINUTES))` = (\d+)", document)}
    defaults = {setting.variable: field.default for setting, field in settings_of(AuthConfig)}

    assert len(told) == 6
    assert told == {name: defaults[name] for name in told}


def test_the_words_that_no_password_is_made_of_are_those_of_the_code(document):
    assert f"`{CONTEXT_WORDS}`" in document


def test_no_request_takes_a_hint_or_a_secret_question(repository):
    schemas = json.loads((repository / "docs/api/openapi.json").read_text("utf-8"))["components"]["schemas"]
    members = {name for schema in schemas.values() for name in schema.get("properties", {})}

    assert "password" in members
    assert [name for name in members if re.search("question|answer|reminder|password_hint", name)] == []


def test_the_readme_leads_to_the_document(repository):
    assert "](docs/security.md)" in (repository / "README.md").read_text("utf-8")
