"""Merging and undoing, by address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient


@pytest.fixture(name="merge")
def _merge(client: FlaskClient, librarian: dict[str, str]) -> Callable[[str, str], Any]:
    """Merges one address into another and returns the answer."""

    def merge(source: str, into: str) -> Any:
        return client.post(f"{source}/merge", headers=librarian, json={"into": int(into.rpartition("/")[2])})

    return merge


@pytest.fixture(name="undo")
def _undo(client: FlaskClient, librarian: dict[str, str]) -> Callable[[Any], Any]:
    """Undoes the merge of an answer and returns the answer."""
    return lambda merged: client.post(f"{merged.headers['Location']}/undo", headers=librarian)


@pytest.fixture(name="read")
def _read(client: FlaskClient) -> Callable[[str], Any]:
    """Returns what is at an address."""
    return lambda address: client.get(address).get_json()["data"]
