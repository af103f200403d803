"""Fixtures of the tests of works."""

from __future__ import annotations

import pytest


@pytest.fixture(name="make_work")
def _make_work(client, librarian):
    """Makes a work through the API and returns its representation."""

    def make(title="Dune"):
        response = client.post("/api/v1/works", headers=librarian, json={"title": title})
        assert response.status_code == 201, response.get_json()
        return response.get_json()["data"]

    return make
