"""Covers are part of what a book was, with their files."""

from __future__ import annotations

import pytest


@pytest.fixture(name="prune")
def _prune(app):
    """Return a function that removes the files of covers that nobody names."""
    return lambda: app.test_cli_runner().invoke(args=["books", "prune-covers", "--unused-hours", "0"])


@pytest.fixture(name="is_stored")
def _is_stored(app):
    folder = app.extensions["cover_store"].folder
    return lambda cover: (folder / cover["url"].removeprefix("/covers/")).is_file()


def test_changes_of_a_cover_are_versions(client, make_book, member, send_cover, versions):
    address = f"/api/v1/books/{make_book('T')}"
    red = send_cover(address, "red")
    send_cover(address, "red")
    blue = send_cover(address, "blue")
    client.delete(f"{address}/cover", headers=member)

    assert [(one["change"], one["changed_by"], one["fields"]) for one in versions(address)] == [
        ("cover_changed", 1, ["cover"]),
        ("cover_changed", 1, ["cover"]),
        ("cover_changed", 1, ["cover"]),
        ("created", 1, None),
    ]
    third = client.get(f"{address}/revisions/3").get_json()["data"]
    assert third["changes"] == [{"field": "cover", "old": red, "new": blue}]


def test_cover_of_a_version_is_there_to_go_back_to(client, make_book, member, send_cover, prune, is_stored):
    address = f"/api/v1/books/{make_book('T')}"
    covers = [send_cover(address, colour) for colour in ("red", "blue")]
    client.delete(f"{address}/cover", headers=member)
    assert prune().exit_code == 0

    for number, cover in enumerate(covers, 2):
        book = client.post(f"{address}/revisions/{number}/revert", headers=member).get_json()["data"]
        assert (book["cover"], is_stored(cover)) == (cover, True)
    without = client.post(f"{address}/revisions/1/revert", headers=member).get_json()["data"]
    assert without["cover"] is None


def test_restored_book_has_its_cover_again(client, make_book, admin, send_cover, prune, is_stored):
    address = f"/api/v1/books/{make_book('T')}"
    cover = send_cover(address, "green")
    client.delete(address, headers=admin)
    assert prune().exit_code == 0

    book = client.post(f"{address}/restore", headers=admin).get_json()["data"]

    assert (book["cover"], is_stored(cover)) == (cover, True)
