"""Who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FORBIDDEN = {
    "services/servicekit/servicekit": ("auth_service", "books_service"),
    "services/auth": ("books_service",),
    "services/books": ("auth_service",),
    "tests/integration": ("auth_service", "books_service", "servicekit"),
}
# HTTP stops at these; everything else below a feature folder is plain Python and SQL.
HTTP_FILES = (
    "routes.py",
    "app.py",
    "callers.py",
    "extensions.py",
    "limits.py",
    "cli.py",
    "wsgi.py",
    "wiring.py",
    "worker.py",
)
HTTP_MODULES = ("flask", "werkzeug", "flask_smorest", "flask_limiter")


def imported_modules(path: Path) -> Iterator[str]:
    """Yield every module that a Python file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_nobody_imports_a_stranger(repository, folder):
    strangers = [
        f"{path}: {module}"
        for path in (repository / folder).rglob("*.py")
        for module in imported_modules(path)
        if module.split(".")[0] in FORBIDDEN[folder]
    ]

    assert strangers == []


def test_flask_stops_at_the_routes(repository):
    leaks = [
        f"{path.relative_to(repository)}: {module}"
        for service in ("auth", "books")
        for path in (repository / f"services/{service}/{service}_service").rglob("*.py")
        if path.name not in HTTP_FILES
        for module in imported_modules(path)
        if module.split(".")[0] in HTTP_MODULES
    ]

    assert leaks == []


def test_queries_never_use_operations(repository):
    reversed_imports = [
        f"{path.relative_to(repository)}: {module}"
        for path in (repository / "services").rglob("queries.py")
        for module in imported_modules(path)
        if module.endswith("operations") or ".operations." in module
    ]

    assert reversed_imports == []


def test_only_operations_commit(repository):
    committing = [
        path.relative_to(repository).as_posix()
        for service in ("auth", "books")
        for path in (repository / f"services/{service}/{service}_service").rglob("*.py")
        if path.name != "operations.py" and ".commit()" in path.read_text("utf-8")
    ]

    assert committing == []


def test_a_token_is_encoded_in_one_place_of_the_product(repository):
    encoding = [
        path.relative_to(repository).as_posix()
        for path in (repository / "services").rglob("*.py")
        if "/tests/" not in path.as_posix() and "/testing/" not in path.as_posix()
        if "jwt.encode(" in path.read_text("utf-8")
    ]

    assert encoding == ["services/auth/auth_service/sessions/signing.py"]
