"""Names under which an author is known beside the one that is shown."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from books_service.authors import operations
from books_service.authors.errors import AuthorNameTaken
from books_service.books import operations as book_operations
from books_service.books.contributors import Contributor
from books_service.extensions import db
from servicekit.entity_tags import IfMatch

AUTHORS = "/api/v1/authors"
BOOKS = "/api/v1/books"


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


@pytest.fixture(name="twain")
def _twain(client, librarian):
    """The address of Mark Twain, who is also Samuel Clemens and S. L. Clemens."""
    body = {"name": "Mark Twain", "variants": ["Samuel Clemens", "S. L. Clemens"]}
    return client.post(AUTHORS, headers=librarian, json=body).headers["Location"]


def test_book_that_gives_a_variant_is_a_book_of_the_author(client, member, twain):
    response = client.post(BOOKS, headers=member, json={"title": "Roughing It", "author": "SAMUEL  clemens"})

    book = response.get_json()["data"]
    assert (book["author"], [author["links"]["self"] for author in book["authors"]]) == ("Mark Twain", [twain])
    assert client.get(AUTHORS).get_json()["pagination"]["total_items"] == 1


def test_variant_in_the_place_of_the_name_changes_no_book(client, member, twain):
    book = client.post(BOOKS, headers=member, json={"title": "X", "author": "Mark Twain"}).get_json()["data"]

    for body in ({"author": "Samuel Clemens"}, {"authors": ["S. L. Clemens"]}):
        assert client.put(book["links"]["self"], headers=member, json=body).get_json()["data"] == book


def test_two_names_of_one_author_in_one_role_are_refused(client, member, twain):
    body = {"title": "X", "authors": ["Mark Twain", "Ann", "Samuel Clemens"]}

    response = client.post(BOOKS, headers=member, json=body)

    assert failure(response) == (422, "validation_failed")
    assert list(response.get_json()["error"]["details"]) == ["authors.2"]
    body["authors"][2] = {"name": "Samuel Clemens", "role": "illustrator"}
    shown = client.post(BOOKS, headers=member, json=body).get_json()["data"]
    assert [(author["name"], author["role"]) for author in shown["authors"]] == [
        ("Mark Twain", "author"),
        ("Ann", "author"),
        ("Mark Twain", "illustrator"),
    ]


def test_name_of_another_author_is_no_variant_and_the_other_way_round(client, librarian, make_book, twain):
    make_book("X", "Ann")

    for body in ({"variants": ["ANN"]}, {"name": "Ann"}):
        assert failure(client.patch(twain, headers=librarian, json=body)) == (409, "author_name_taken")
    for body in ({"name": "samuel clemens"}, {"name": "Ben", "variants": ["Mark TWAIN"]}):
        assert failure(client.post(AUTHORS, headers=librarian, json=body)) == (409, "author_name_taken")
    assert client.get(twain).get_json()["data"]["version"] == 1


def test_variants_that_are_no_others_are_left_out(client, librarian, twain):
    body = {"variants": ["mark  twain", "Quintus", "quintus", "Samuel Clemens"]}

    shown = client.put(twain, headers=librarian, json=body).get_json()["data"]

    assert shown["variants"] == ["Quintus", "Samuel Clemens"]


def test_variant_may_become_the_name_and_the_name_a_variant(client, librarian, make_book, twain):
    book_id = make_book("X", "Mark Twain")

    shown = client.patch(twain, headers=librarian, json={"name": "Samuel Clemens"}).get_json()["data"]
    assert (shown["name"], shown["variants"]) == ("Samuel Clemens", ["S. L. Clemens"])

    body = {"name": "S. L. Clemens", "variants": ["Samuel Clemens", "Mark Twain"]}
    shown = client.patch(twain, headers=librarian, json=body).get_json()["data"]
    assert (shown["name"], shown["variants"], shown["version"]) == (body["name"], body["variants"], 3)
    assert client.get(f"{BOOKS}/{book_id}").get_json()["data"]["author"] == "S. L. Clemens"


def test_names_of_a_deleted_author_are_free(client, admin, librarian, twain):
    assert client.delete(twain, headers=admin).status_code == 204

    assert client.post(AUTHORS, headers=librarian, json={"name": "Samuel Clemens"}).status_code == 201


def test_books_are_searched_by_variants_and_stay_in_their_version(client, librarian, make_book, session, twain):
    old, new = make_book("Old", "Mark Twain"), make_book("New", "Samuel Clemens")

    def found(word):
        search = text("SELECT id FROM books.books WHERE search_vector @@ CAST(:word AS tsquery) ORDER BY id")
        return list(session.execute(search, {"word": word}).scalars())

    assert found("clemens") == [old, new]
    before = [client.get(f"{BOOKS}/{book_id}").get_json()["data"] for book_id in (old, new)]
    client.patch(twain, headers=librarian, json={"variants": ["Quintus Snodgrass"]})
    assert (found("clemens"), found("snodgrass"), found("twain")) == ([], [old, new], [old, new])
    assert [client.get(f"{BOOKS}/{book_id}").get_json()["data"] for book_id in (old, new)] == before


def test_one_name_at_once_as_author_and_as_variant_is_one_of_them(app, truncated):
    with app.app_context():
        author_id = operations.create_author(db.session, 3, {"name": "Ann"})
    for turn in range(8):
        barrier, name = threading.Barrier(2), f"New {turn}"

        def work(function, barrier=barrier):
            with app.app_context():
                barrier.wait(timeout=10)
                try:
                    return function()
                except AuthorNameTaken as taken:
                    return taken

        def book(name=name):
            values = {"title": "T", "authors": [Contributor(name)]}
            return book_operations.create_book(db.session, 1, values, "reject")

        def variant(name=name):
            return operations.update_author(db.session, 3, author_id, {"variants": [name]}, if_match=IfMatch())

        with ThreadPoolExecutor(2) as pool:
            outcomes = [future.result(timeout=20) for future in [pool.submit(work, book), pool.submit(work, variant)]]

        assert not all(isinstance(outcome, AuthorNameTaken) for outcome in outcomes)
        with app.app_context():
            counted = text("SELECT count(*) FROM books.author_names WHERE name = :name")
            assert db.session.execute(counted, {"name": name}).scalar_one() == 1
