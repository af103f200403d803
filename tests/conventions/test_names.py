"""Names, sizes and places of files."""

from __future__ import annotations

import re

REFUSED_NAMES = {"utils", "helpers", "common", "misc", "core", "base"}
VISIBLE_ENTRIES_AT_MOST = 14
LINES_AT_MOST = 350


def test_no_file_or_folder_is_named_after_nothing(files):
    refused = [str(path) for path in files if REFUSED_NAMES & {part.split(".")[0].lower() for part in path.parts}]

    assert refused == []


def test_the_top_of_the_repository_stays_small(files):
    visible = {path.parts[0] for path in files if not path.parts[0].startswith(".")}

    assert len(visible) <= VISIBLE_ENTRIES_AT_MOST, sorted(visible)


def test_no_source_file_has_grown_a_second_subject(repository, files):
    sources = (path for path in files if path.suffix in {".py", ".conf", ".template", ".js", ".sh"})
    grown = [str(path) for path in sources if len((repository / path).read_text("utf-8").splitlines()) > LINES_AT_MOST]

    assert grown == []


def test_migrations_are_numbered_without_gaps(files):
    for service in ("auth", "books"):
        names = sorted(p.name for p in files if p.match(f"services/{service}/migrations/versions/*.py"))

        assert [name[:4] for name in names] == [f"{n:04d}" for n in range(1, len(names) + 1)]
        assert all(re.fullmatch(r"\d{4}_[a-z_0-9]+\.py", name) for name in names)


def test_views_have_names_of_their_own_across_services(repository):
    views: list[str] = []
    for path in (repository / "services").glob("*/*_service/**/routes.py"):
        if path.parent.name != "health":
            views += re.findall(r"^@.*\.response\(.*\)\n(?:@.*\n)*def (\w+)\(", path.read_text("utf-8"), re.MULTILINE)

    assert len(views) == len(set(views))
    assert all("_" in view for view in views)
