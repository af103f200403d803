"""What is told of the versions of books and authors."""

from __future__ import annotations

import pytest


def test_new_book_has_one_version_by_who_added_it(client, make_book, versions):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"

    (only,) = versions(address)

    assert (only["version"], only["change"], only["changed_by"], only["fields"]) == (1, "created", 1, None)
    assert only["links"] == {"self": f"{address}/revisions/1", "book": address}


def test_change_is_a_version_that_says_who_when_and_what(client, make_book, versions, librarian):
    address = f"/api/v1/books/{make_book('Old', 'Ann', year=1990)}"
    changes = {"title": "New", "year": None, "authors": ["Ben", {"name": "Ann", "role": "editor"}]}
    changed = client.patch(address, json=changes, headers=librarian).get_json()["data"]

    newest, first = versions(address)

    assert (newest["version"], newest["change"], newest["changed_by"]) == (2, "updated", 3)
    assert newest["changed_at"] == changed["updated_at"]
    assert newest["fields"] == ["title", "authors", "year"]
    assert (first["version"], first["change"], first["changed_by"]) == (1, "created", 1)
    shown = client.get(newest["links"]["self"]).get_json()["data"]
    assert shown["book"] == {name: changed[name] for name in shown["book"]}
    by_field = {change["field"]: (change["old"], change["new"]) for change in shown["changes"]}
    assert by_field["title"] == ("Old", "New")
    assert by_field["year"] == (1990, None)
    assert [[author["name"] for author in side] for side in by_field["authors"]] == [["Ann"], ["Ben", "Ann"]]


def test_earlier_version_shows_the_book_as_it_was(client, make_book, librarian):
    values = {"year": -700, "subjects": ["a", "b"], "language": "grc", "isbn": "9780306406157", "description": "D"}
    address = f"/api/v1/books/{make_book('T', 'Ann', 'Ben', **values)}"
    before = client.get(address).get_json()["data"]
    cleared = dict.fromkeys(["year", "subjects", "language", "isbn", "description", "authors"])
    assert client.patch(address, json={"title": "Other", **cleared}, headers=librarian).status_code == 200

    was = client.get(f"{address}/revisions/1").get_json()["data"]

    assert was["book"] == {name: before[name] for name in was["book"]}
    assert {"title", "authors", "isbn", "year", "subjects", "updated_at", "version"} <= was["book"].keys()
    assert was["changes"] is None


def test_what_changes_nothing_makes_no_version(client, make_book, versions, librarian):
    address = f"/api/v1/books/{make_book('T', 'Ann', year=1990)}"
    read = client.get(address).get_json()["data"]

    assert client.put(address, json=read, headers=librarian).status_code == 200
    assert client.patch(address, json={"year": 1990, "author": "ann"}, headers=librarian).status_code == 200

    assert len(versions(address)) == 1


def test_new_name_of_an_author_is_a_version_of_author_and_books(client, make_book, versions, librarian):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    author = client.get(address).get_json()["data"]["authors"][0]["links"]["self"]
    assert client.patch(author, json={"name": "Anna"}, headers=librarian).status_code == 200

    assert [(one["change"], one["changed_by"], one["fields"]) for one in versions(author)] == [
        ("updated", 3, ["name"]),
        ("created", 1, None),
    ]
    assert [(one["change"], one["changed_by"], one["fields"]) for one in versions(address)] == [
        ("author_changed", 3, ["authors"]),
        ("created", 1, None),
    ]
    assert client.get(f"{address}/revisions/1").get_json()["data"]["book"]["author"] == "Ann"
    assert client.get(f"{author}/revisions/1").get_json()["data"]["author"]["name"] == "Ann"


def test_versions_are_read_by_cursor_and_each_page_knows_what_its_last_one_changed(client, make_book, librarian):
    address = f"/api/v1/books/{make_book('T')}"
    for year in range(1990, 1995):
        client.patch(address, json={"year": year}, headers=librarian)

    seen, url = [], f"{address}/revisions?per_page=2"
    while url:
        page = client.get(url).get_json()
        seen += [(one["version"], one["fields"]) for one in page["data"]]
        cursor = page["pagination"]["next_cursor"]
        url = cursor and f"{address}/revisions?per_page=2&cursor={cursor}"

    assert seen == [(number, ["year"]) for number in range(6, 1, -1)] + [(1, None)]


@pytest.mark.parametrize("kind", ["books", "authors"])
def test_unknown_is_not_found(client, make_book, kind):
    make_book("T", "Ann")
    known = client.get(f"/api/v1/{kind}").get_json()["data"][0]["links"]["self"]

    def code(url):
        answer = client.get(url)
        return answer.status_code, answer.get_json()["error"]["code"]

    assert code(f"/api/v1/{kind}/999999/revisions") == (404, f"{kind[:-1]}_not_found")
    assert code(f"/api/v1/{kind}/999999/revisions/1") == (404, f"{kind[:-1]}_not_found")
    assert code(f"{known}/revisions/2") == (404, "revision_not_found")
    assert code(f"{known}/revisions?cursor=nonsense") == (422, "cursor_invalid")
