"""Asking for suggestions."""

from __future__ import annotations

import pytest


@pytest.fixture(name="add_author")
def _add_author(client, librarian):
    """Adds an author and returns the id."""

    def add(name, **members):
        response = client.post("/api/v1/authors", headers=librarian, json={"name": name, **members})
        assert response.status_code == 201, response.get_json()
        return response.get_json()["data"]["id"]

    return add


@pytest.fixture(name="suggested")
def _suggested(client, librarian):
    """Returns the suggestions of an address."""

    def suggested(address, **query):
        response = client.get(f"/api/v1/{address}/duplicates", query_string=query, headers=librarian)
        assert response.status_code == 200, response.get_json()
        return response.get_json()["data"]

    return suggested
