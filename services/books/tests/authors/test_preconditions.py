"""Entity tags of single authors, and changes that hold for one version only."""

from __future__ import annotations

import pytest

METHODS = ("put", "patch")


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


@pytest.fixture(name="author")
def _author(client, make_book):
    make_book("1984", "George Orwell")
    return client.get("/api/v1/authors").get_json()["data"][0]["links"]["self"]


@pytest.mark.parametrize("method", METHODS)
def test_single_authors_carry_their_version_and_count_of_books_as_tag(client, librarian, author, method):
    assert client.get(author).headers["ETag"] == '"1-1"'
    assert getattr(client, method)(author, headers=librarian, json={"name": "Eric"}).headers["ETag"] == '"2-1"'
    # The same again is no change.
    assert getattr(client, method)(author, headers=librarian, json={"name": "Eric"}).headers["ETag"] == '"2-1"'
    assert client.get("/api/v1/authors").get_json()["data"][0]["etag"] == '"2-1"'


def test_another_book_is_news_of_the_author_and_no_edit(client, librarian, make_book, author):
    tag = client.get(author).headers["ETag"]
    assert client.get(author, headers={"If-None-Match": tag}).status_code == 304

    make_book("Animal Farm", "George Orwell")

    again = client.get(author, headers={"If-None-Match": tag})
    assert (again.status_code, again.get_json()["data"]["books_count"]) == (200, 2)
    headers = {**librarian, "If-Match": tag}
    assert client.patch(author, headers=headers, json={"name": "Eric Blair"}).status_code == 200


@pytest.mark.parametrize("method", METHODS)
def test_author_is_changed_in_the_named_version_only(client, librarian, author, method):
    def rename(name, tag):
        return getattr(client, method)(author, headers={**librarian, "If-Match": tag}, json={"name": name})

    assert failure(rename("A", '"2"')) == (412, "precondition_failed")
    assert failure(rename("A", 'W/"1"')) == (412, "precondition_failed")
    assert client.get(author).get_json()["data"]["name"] == "George Orwell"
    assert rename("A", '"1"').status_code == 200
    assert rename("B", "*").status_code == 200


def test_condition_on_an_unknown_author_is_not_found(client, librarian):
    headers = {**librarian, "If-Match": '"1"'}

    assert failure(client.put("/api/v1/authors/999999", headers=headers, json={"name": "X"})) == (
        404,
        "author_not_found",
    )
