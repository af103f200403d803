"""Entity tags of single books, and changes that hold for one version only."""

from __future__ import annotations

import pytest

from books_service.app import create_app
from books_service.config import BooksConfig
from books_service.extensions import SCHEMA
from servicekit import env
from servicekit.entity_tags import REQUIRED

BOOKS = "/api/v1/books"
METHODS = ("put", "patch", "delete")


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


@pytest.fixture(name="change")
def _change(client, admin):
    """Changes or deletes a book on a condition, ``change(method, address, tag)``."""

    def change(method, address, tag, **body):
        headers = {**admin, "If-Match": tag}
        if method == "delete":
            return client.delete(address, headers=headers)
        return getattr(client, method)(address, headers=headers, json=body or {"year": 1986})

    return change


@pytest.fixture(name="book")
def _book(make_book):
    return f"{BOOKS}/{make_book('It', 'Stephen King', isbn='9780441172719')}"


def test_single_books_carry_their_version_as_tag(client, member, book):
    assert client.get(book).headers["ETag"] == '"1"'
    assert client.get(f"{BOOKS}/isbn/9780441172719").headers["ETag"] == '"1"'
    assert client.post(BOOKS, headers=member, json={"title": "T"}).headers["ETag"] == '"1"'
    assert client.put(book, headers=member, json={"year": 1}).headers["ETag"] == '"2"'
    assert client.patch(book, headers=member, json={"year": 2}).headers["ETag"] == '"3"'
    assert client.get(book).headers["ETag"] == '"3"'
    assert [item["etag"] for item in client.get(BOOKS).get_json()["data"]] == ['"1"', '"3"']
    assert client.get(book).get_json()["data"]["etag"] == '"3"'


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tag", ['"1"', "*", '"7", "1"'])
def test_book_of_the_named_version_is_changed(change, book, method, tag):
    assert change(method, book, tag).status_code == (204 if method == "delete" else 200)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tag", ['"2"', '"0"', 'W/"1"', '"2", W/"1"'])
def test_book_of_another_version_is_kept(client, change, book, method, tag):
    before = client.get(book).get_json()

    assert failure(change(method, book, tag)) == (412, "precondition_failed")
    assert client.get(book).get_json() == before


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tag", ["", "nonsense", "1", '"1', '"1" "2"'])
def test_condition_that_cannot_be_read_is_refused(client, change, book, method, tag):
    assert failure(change(method, book, tag)) == (400, "if_match_malformed")
    assert client.get(book).headers["ETag"] == '"1"'


@pytest.mark.parametrize("method", METHODS)
def test_change_without_condition_is_refused_where_one_is_required(
    app, client, admin, change, book, monkeypatch, method
):
    monkeypatch.setitem(app.config, REQUIRED, True)
    body = {} if method == "delete" else {"json": {"year": 1986}}

    assert failure(getattr(client, method)(book, headers=admin, **body)) == (428, "precondition_required")
    assert change(method, book, '"1"').status_code == (204 if method == "delete" else 200)


def test_creation_needs_no_condition(app, client, member, monkeypatch):
    monkeypatch.setitem(app.config, REQUIRED, True)

    assert client.post(BOOKS, headers=member, json={"title": "T"}).status_code == 201


def test_settings_say_whether_conditions_are_required(service_environment):
    for word, required in (("true", True), ("false", False)):
        app = create_app(env.load(BooksConfig, {**service_environment(SCHEMA), "BOOKS_REQUIRE_IF_MATCH": word}))
        assert app.config[REQUIRED] is required


@pytest.mark.parametrize("method", ["put", "patch"])
def test_change_of_a_book_that_must_not_be_there_is_refused(client, admin, book, method):
    response = getattr(client, method)(book, headers={**admin, "If-None-Match": "*"}, json={"year": 1})

    assert failure(response) == (412, "precondition_failed")


@pytest.mark.parametrize("address", ["", "?per_page=1", "?search=it", None])
def test_what_is_known_is_not_sent_again_until_it_changes(client, member, book, address):
    address = book if address is None else f"{BOOKS}{address}"
    first = client.get(address)
    known = {"If-None-Match": first.headers["ETag"]}

    assert client.get(address, headers=known).status_code == 304
    assert client.head(address, headers=known).status_code == 304
    client.patch(book, headers=member, json={"year": 1986})
    again = client.get(address, headers=known)
    assert (again.status_code, again.headers["ETag"] != first.headers["ETag"]) == (200, True)


def test_read_item_of_a_list_can_be_changed_with_its_tag_and_sent_back(client, change, book):
    item = client.get(BOOKS).get_json()["data"][0]

    assert change("put", book, item["etag"], **{**item, "year": 1986}).status_code == 200
    assert failure(change("put", book, item["etag"], **{**item, "year": 1987})) == (412, "precondition_failed")


def test_second_of_two_editors_is_told_and_can_read_again(client, change, book):
    tag = client.get(book).headers["ETag"]

    assert change("put", book, tag, title="First").status_code == 200
    assert failure(change("put", book, tag, title="Second")) == (412, "precondition_failed")
    again = client.get(book)
    assert again.get_json()["data"]["title"] == "First"
    assert change("put", book, again.headers["ETag"], title="Second").status_code == 200


@pytest.mark.parametrize("method", ["put", "patch"])
def test_change_to_what_is_there_keeps_version_and_tag(client, change, book, method):
    before = client.get(book).get_json()["data"]

    response = change(method, book, '"1"', **before)

    assert response.headers["ETag"] == '"1"'
    assert response.get_json()["data"] == before


def test_renamed_author_makes_a_new_version_of_the_book(client, librarian, change, book):
    author = client.get(book).get_json()["data"]["authors"][0]["links"]["self"]
    client.put(author, headers=librarian, json={"name": "Richard Bachman"})

    assert failure(change("put", book, '"1"')) == (412, "precondition_failed")


@pytest.mark.parametrize("method", METHODS)
def test_condition_on_an_unknown_book_is_not_found(change, method):
    assert failure(change(method, f"{BOOKS}/999999", '"1"')) == (404, "book_not_found")


def test_refusals_that_hold_without_the_condition_come_first(client, other_member, change, book):
    wrong = {**other_member, "If-Match": '"7"'}

    assert failure(client.put(book, headers=wrong, json={"year": 1})) == (403, "not_your_book")
    assert failure(change("patch", book, '"7"', year="1")) == (422, "validation_failed")
    assert failure(change("patch", book, '"7"', id=1)) == (400, "nothing_to_update")
