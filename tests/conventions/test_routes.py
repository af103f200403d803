"""Every view says who may call it and how often, and lives under the full public path."""

from __future__ import annotations

import ast
import json
import re

import pytest

from auth_service.users.roles import ADMIN, SCOPES_BY_ROLE
from servicekit.access import REQUIREMENT_WORDS, SERVICE, declared_access
from servicekit.export_openapi import unconnected_app
from servicekit.limits import declared_limits

PREFIXES = {
    "auth_service": ("/api/v1/auth", "/api/v1/users", "/api/v1/api-keys", "/api/v1/audit"),
    "books_service": (
        "/api/v1/books",
        "/api/v1/authors",
        "/api/v1/reviews",
        "/api/v1/works",
        "/api/v1/reading-list",
        "/api/v1/merges",
    ),
}


@pytest.fixture(params=sorted(PREFIXES), name="package")
def _package(request):
    return request.param


@pytest.fixture(name="app")
def _app(package):
    return unconnected_app(package)


def test_every_view_declares_its_access(app):
    undeclared = [name for name, view in app.view_functions.items() if declared_access(view) is None]

    assert undeclared == []


def test_every_scope_that_a_view_needs_is_one_that_admins_have(app):
    needed = {declared_access(view) for view in app.view_functions.values()} - REQUIREMENT_WORDS

    assert needed <= set(SCOPES_BY_ROLE[ADMIN])


def test_only_internal_paths_are_for_services(app):
    for_services = [
        rule.rule for rule in app.url_map.iter_rules() if declared_access(app.view_functions[rule.endpoint]) == SERVICE
    ]

    assert [path for path in for_services if not path.startswith("/internal/")] == []


def test_every_view_declares_its_limits(app):
    undeclared = [name for name, view in app.view_functions.items() if not declared_limits(view)]

    assert undeclared == []


def test_only_health_metrics_and_services_are_unlimited(app):
    unlimited = [
        name
        for name, view in app.view_functions.items()
        if "unlimited" in declared_limits(view) and declared_access(view) != SERVICE
    ]

    assert [name for name in unlimited if "health" not in name and name != "internal metrics.show_metrics"] == []


def test_every_path_is_public_under_its_prefix_or_internal(app, package):
    strays = [
        rule.rule for rule in app.url_map.iter_rules() if not rule.rule.startswith((*PREFIXES[package], "/internal/"))
    ]

    assert strays == []


def test_the_gateway_routes_exactly_the_public_prefixes(repository):
    routes = (repository / "gateway/snippets/routes.conf").read_text("utf-8")
    prefixes = set(re.findall(r"/api/v1/[a-z-]+", routes))

    assert prefixes == {prefix for known in PREFIXES.values() for prefix in known}


def test_api_keys_are_offered_wherever_one_signs_in_but_for_ones_account(repository):
    document = json.loads((repository / "docs/api/auth.json").read_text("utf-8"))
    operations = [item for path in document["paths"].values() for item in path.values() if isinstance(item, dict)]
    account = [item for item in operations if "Needs the scope `account:" in item.get("description", "")]
    others = [item for item in operations if item not in account and item["security"]]

    assert account
    assert all(item["security"] == [{"bearer": []}] for item in account)
    assert others
    assert all(item["security"] == [{"bearer": []}, {"apiKey": []}] for item in others)


ORDER = ("route", "access", "limits", "arguments", "alt_response", "response")


def decorators_of(view: ast.FunctionDef) -> list[str]:
    """Return the kind of each decorator of a view, from the outermost on."""
    kinds = []
    for decorator in view.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        owner = called.value.id if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) else ""
        kinds.append("limits" if owner == "limits" else getattr(called, "attr", getattr(called, "id", "")))
    return kinds


def test_the_decorators_of_every_view_stand_in_one_order(repository):
    wrong = []
    for path in (repository / "services").glob("*/*_service/*/routes.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and "route" in decorators_of(node):
                kinds = decorators_of(node)
                if kinds != sorted(kinds, key=ORDER.index) or not {"route", "access", "limits", "response"} <= set(
                    kinds
                ):
                    wrong.append(f"{path.relative_to(repository)}: {node.name}: {kinds}")

    assert wrong == []


@pytest.mark.parametrize("service", ["auth", "books"])
def test_create_app_is_a_table_of_contents(repository, service):
    tree = ast.parse((repository / f"services/{service}/{service}_service/app.py").read_text("utf-8"))
    (create_app,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "create_app"]

    assert create_app.end_lineno - create_app.lineno < 80
    assert not [
        node for node in ast.walk(create_app) if isinstance(node, (ast.If, ast.FunctionDef)) and node is not create_app
    ]
