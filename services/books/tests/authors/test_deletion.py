"""Deleting authors: those alone whom no book names."""

from __future__ import annotations

import pytest

AUTHORS = "/api/v1/authors"
BOOKS = "/api/v1/books"


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


@pytest.fixture(name="book")
def _book(make_book):
    return f"{BOOKS}/{make_book('1984', 'George Orwell')}"


@pytest.fixture(name="author")
def _author(client, book):
    return client.get(book).get_json()["data"]["authors"][0]["links"]["self"]


def test_author_whom_no_book_names_is_deleted(client, admin, book, author):
    client.delete(book, headers=admin)

    response = client.delete(author, headers=admin)

    assert (response.status_code, response.get_data()) == (204, b"")
    assert failure(client.get(author)) == (404, "author_not_found")
    assert failure(client.delete(author, headers=admin)) == (404, "author_not_found")
    assert client.get(AUTHORS).get_json()["data"] == []


@pytest.mark.parametrize("role", ["author", "translator"])
def test_author_whom_a_book_names_is_kept(client, member, admin, author, book, role):
    client.put(book, headers=member, json={"authors": [{"name": "George Orwell", "role": role}, "Ann"]})

    assert failure(client.delete(author, headers=admin)) == (409, "author_in_use")
    assert client.get(author).get_json()["data"]["books_count"] == 1
    client.put(book, headers=member, json={"authors": ["Ann"]})
    assert client.delete(author, headers=admin).status_code == 204
    assert client.get(book).get_json()["data"]["author"] == "Ann"


def test_only_admins_delete_authors(client, member, librarian, author):
    assert failure(client.delete(author)) == (401, "token_missing")
    assert failure(client.delete(author, headers=member)) == (403, "insufficient_scope")
    assert failure(client.delete(author, headers=librarian)) == (403, "insufficient_scope")
    assert client.get(author).status_code == 200


def test_author_is_deleted_in_the_named_version_only(client, admin, book, author):
    client.delete(book, headers=admin)

    assert failure(client.delete(author, headers={**admin, "If-Match": '"2"'})) == (412, "precondition_failed")
    assert client.delete(author, headers={**admin, "If-Match": '"1"'}).status_code == 204
    assert failure(client.delete(author, headers={**admin, "If-Match": '"1"'})) == (404, "author_not_found")


def test_name_of_a_deleted_author_may_be_taken_again(client, member, admin, book, author):
    client.delete(book, headers=admin)
    client.delete(author, headers=admin)

    again = client.post(BOOKS, headers=member, json={"title": "1984", "author": "George Orwell"}).get_json()["data"]

    assert again["authors"][0]["links"]["self"] != author


@pytest.mark.parametrize("wrong", ["0", "-1", "abc", "9223372036854775808"])
def test_what_is_no_id_is_not_found(client, admin, wrong):
    assert failure(client.delete(f"{AUTHORS}/{wrong}", headers=admin)) == (404, "not_found")
