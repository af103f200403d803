"""Every view says who may call it and how often, and lives under the full public path."""

from __future__ import annotations

import re

import pytest

from servicekit.access import declared_access
from servicekit.export_openapi import unconnected_app
from servicekit.limits import declared_limits

PREFIXES = {
    "auth_service": ("/api/v1/auth", "/api/v1/users"),
    "books_service": ("/api/v1/books", "/api/v1/authors"),
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


def test_every_view_declares_its_limits(app):
    undeclared = [name for name, view in app.view_functions.items() if not declared_limits(view)]

    assert undeclared == []


def test_only_health_is_unlimited(app):
    unlimited = [name for name, view in app.view_functions.items() if "unlimited" in declared_limits(view)]

    assert [name for name in unlimited if "health" not in name] == []


def test_every_path_is_public_under_its_prefix_or_internal(app, package):
    strays = [
        rule.rule for rule in app.url_map.iter_rules() if not rule.rule.startswith((*PREFIXES[package], "/internal/"))
    ]

    assert strays == []


def test_the_gateway_routes_exactly_the_public_prefixes(repository):
    routes = (repository / "gateway/snippets/routes.conf").read_text("utf-8")
    prefixes = set(re.findall(r"/api/v1/[a-z-]+", routes))

    assert prefixes == {prefix for known in PREFIXES.values() for prefix in known}
