"""Going back to an earlier version."""

from __future__ import annotations

import pytest


def author_of(client, address):
    return client.get(address).get_json()["data"]["authors"][0]["links"]["self"]


def content(book):
    apart = {"version", "etag", "updated_at", "created_at"}
    return {name: value for name, value in book.items() if name not in apart}


def test_book_is_again_what_it_was_as_a_new_version(client, make_book, member, versions):
    values = {"year": -700, "subjects": ["a"], "language": "grc", "isbn": "9780306406157", "description": "D"}
    address = f"/api/v1/books/{make_book('T', 'Ann', 'Ben', **values)}"
    was = client.get(address).get_json()["data"]
    client.patch(address, json={"title": "U", "authors": ["Cid"], "isbn": None, "year": None}, headers=member)

    answer = client.post(f"{address}/revisions/1/revert", headers=member)

    assert answer.status_code == 200
    assert content(answer.get_json()["data"]) == content(was)
    assert answer.headers["ETag"] == '"3"'
    assert [(one["version"], one["change"]) for one in versions(address)] == [
        (3, "reverted"),
        (2, "updated"),
        (1, "created"),
    ]
    assert client.get("/api/v1/books?search=ben").get_json()["pagination"]["total_items"] == 1


def test_reverting_to_what_is_there_makes_no_version(client, make_book, member, versions):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"

    assert client.post(f"{address}/revisions/1/revert", headers=member).get_json()["data"]["version"] == 1
    assert len(versions(address)) == 1


def test_author_with_a_new_name_is_the_same_author(client, make_book, librarian, member):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    author = author_of(client, address)
    client.patch(address, json={"authors": []}, headers=member)
    client.patch(author, json={"name": "Anna"}, headers=librarian)

    book = client.post(f"{address}/revisions/1/revert", headers=member).get_json()["data"]

    assert [one["name"] for one in book["authors"]] == ["Anna"]
    assert author_of(client, address) == author


def test_author_who_is_gone_is_added_again(client, make_book, admin, member):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    author = author_of(client, address)
    client.patch(address, json={"authors": []}, headers=member)
    assert client.delete(author, headers=admin).status_code == 204

    book = client.post(f"{address}/revisions/1/revert", headers=member).get_json()["data"]

    assert book["author"] == "Ann"
    assert author_of(client, address) != author


def test_author_goes_back_to_a_name(client, make_book, librarian, versions):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    author = author_of(client, address)
    client.patch(author, json={"name": "Anna"}, headers=librarian)

    answer = client.post(f"{author}/revisions/1/revert", headers=librarian)

    assert answer.get_json()["data"]["name"] == client.get(address).get_json()["data"]["author"] == "Ann"
    assert [one["change"] for one in versions(author)] == ["reverted", "updated", "created"]


def test_author_is_again_what_a_version_said(client, librarian, versions):
    about = {"name": "Ann", "sort_name": "Z", "variants": ["B", "A"], "born": "1900", "identifiers": ["viaf:1"]}
    author = client.post("/api/v1/authors", json=about, headers=librarian).headers["Location"]
    was = client.get(author).get_json()["data"]
    other = {"name": "A", "sort_name": None, "variants": ["C"], "born": None, "biography": "Wrote."}
    assert client.patch(author, json=other, headers=librarian).status_code == 200
    assert versions(author)[0]["fields"] == ["name", "sort_name", "variants", "born", "biography"]

    back = client.post(f"{author}/revisions/1/revert", headers=librarian).get_json()["data"]

    assert content(back) == content(was)
    assert client.patch(author, json={"variants": ["A"]}, headers=librarian).get_json()["data"]["version"] == 4
    assert versions(author)[0]["fields"] == ["variants"]


def test_name_that_another_author_has_by_now_is_a_conflict(client, make_book, librarian):
    author = author_of(client, f"/api/v1/books/{make_book('T', 'Ann')}")
    client.patch(author, json={"name": "Anna"}, headers=librarian)
    make_book("U", "Ann")

    answer = client.post(f"{author}/revisions/1/revert", headers=librarian)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "author_name_taken")


def test_isbn_that_another_book_has_by_now_is_a_conflict(client, make_book, member, versions):
    address = f"/api/v1/books/{make_book('T', isbn='9780306406157')}"
    client.patch(address, json={"isbn": None}, headers=member)
    make_book("U", isbn="9780306406157")

    answer = client.post(f"{address}/revisions/1/revert", headers=member)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "isbn_already_taken")
    assert len(versions(address)) == 2


@pytest.mark.parametrize(("tag", "status"), [('"2"', 200), ('"1"', 412), ('W/"2"', 412)])
def test_precondition_names_the_present_version(client, make_book, member, tag, status):
    address = f"/api/v1/books/{make_book('T')}"
    client.patch(address, json={"title": "U"}, headers=member)

    answer = client.post(f"{address}/revisions/1/revert", headers={**member, "If-Match": tag})

    assert answer.status_code == status


def test_rights_are_those_of_changing(client, make_book, member, other_member, librarian):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    author = author_of(client, address)
    client.patch(address, json={"title": "U"}, headers=member)

    def revert(of, headers=None):
        return client.post(f"{of}/revisions/1/revert", headers=headers).status_code

    assert [revert(address), revert(address, other_member), revert(address, librarian)] == [401, 403, 200]
    assert [revert(author), revert(author, member), revert(author, librarian)] == [401, 403, 200]


def test_unknown_versions_are_not_found(client, make_book, librarian):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    for unknown in (f"{address}/revisions/2", "/api/v1/books/999999/revisions/1", "/api/v1/authors/999999/revisions/1"):
        assert client.post(f"{unknown}/revert", headers=librarian).status_code == 404


def test_version_of_a_deletion_has_nothing_to_go_back_to(client, make_book, admin):
    address = f"/api/v1/books/{make_book('T')}"
    client.delete(address, headers=admin)
    client.post(f"{address}/restore", headers=admin)

    answer = client.post(f"{address}/revisions/2/revert", headers=admin)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "nothing_to_revert_to")
