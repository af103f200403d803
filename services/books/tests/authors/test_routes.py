"""The addresses of authors."""

from __future__ import annotations

import pytest

AUTHORS = "/api/v1/authors"
BOOKS = "/api/v1/books"


def names(response):
    assert response.status_code == 200, response.get_json()
    return [author["name"] for author in response.get_json()["data"]]


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def author_named(client, name):
    return client.get(AUTHORS, query_string={"search": name}).get_json()["data"][0]


def test_list_of_no_authors_is_empty(client):
    response = client.get(AUTHORS)

    assert response.get_json()["data"] == []
    assert response.get_json()["pagination"]["total_items"] == 0


def test_list_of_authors_is_sorted_by_name_without_accents(client, make_book):
    make_book("One", "Zo\u00eb", "\u00c9mile Zola", "alice")
    make_book("Two", "Emil", "Zo\u00eb")

    assert names(client.get(AUTHORS)) == ["alice", "Emil", "\u00c9mile Zola", "Zo\u00eb"]
    assert names(client.get(f"{AUTHORS}?sort=-name")) == ["Zo\u00eb", "\u00c9mile Zola", "Emil", "alice"]
    assert names(client.get(f"{AUTHORS}?sort=name&per_page=1&page=2")) == ["Emil"]
    assert names(client.get(f"{AUTHORS}?search=EMILE zola")) == ["\u00c9mile Zola"]
    assert names(client.get(f"{AUTHORS}?search=%25")) == []
    assert names(client.get(f"{AUTHORS}?search=%CC%81")) == []
    assert len(names(client.get(f"{AUTHORS}?search=%20"))) == 4


def test_author_tells_how_many_books_there_are(client, make_book):
    make_book("One", "Ann")
    make_book("Two", "Ann", "Ben")
    author = author_named(client, "ann")

    shown = client.get(author["links"]["self"])

    assert shown.status_code == 200
    body = shown.get_json()["data"]
    assert body == author
    assert {name: body[name] for name in ("name", "books_count", "version", "links")} == {
        "name": "Ann",
        "books_count": 2,
        "version": 1,
        "links": {"self": f"{AUTHORS}/{author['id']}", "books": f"{AUTHORS}/{author['id']}/books"},
    }


def test_contributor_in_two_roles_counts_the_book_once(client, member):
    authors = ["Ann", {"name": "Ann", "role": "illustrator"}]
    book = client.post(BOOKS, headers=member, json={"title": "X", "authors": authors}).get_json()["data"]

    author = author_named(client, "ann")
    assert author["books_count"] == 1
    assert book["links"]["authors"] == [author["links"]["self"]]
    assert client.get(author["links"]["books"]).get_json()["pagination"]["total_items"] == 1


def test_books_of_an_author_are_a_list_like_that_of_all_books(client, make_book):
    for number in range(3):
        make_book(f"Book {number}", "Ann", year=2000 - number)
    make_book("Other", "Ben")
    author = author_named(client, "ann")

    response = client.get(f"{author['links']['books']}?sort=year&per_page=2")

    assert [book["title"] for book in response.get_json()["data"]] == ["Book 2", "Book 1"]
    assert response.get_json()["pagination"]["total_items"] == 3
    assert [b["title"] for b in client.get(author["links"]["books"]).get_json()["data"]] == [
        "Book 2",
        "Book 1",
        "Book 0",
    ]


def test_unknown_author_is_not_found(client, librarian):
    for address in (f"{AUTHORS}/999999", f"{AUTHORS}/999999/books"):
        assert failure(client.get(address)) == (404, "author_not_found")
    assert failure(client.put(f"{AUTHORS}/999999", headers=librarian, json={"name": "X"})) == (404, "author_not_found")


def test_name_in_another_case_is_the_same_author(client, member, make_book):
    make_book("1984", "George Orwell")

    book = client.post(BOOKS, headers=member, json={"title": "Homage", "author": "GEORGE  ORWELL"}).get_json()["data"]

    assert book["author"] == "George Orwell"
    assert author_named(client, "orwell")["books_count"] == 2


@pytest.mark.parametrize("method", ["put", "patch"])
def test_renamed_author_is_shown_and_found_in_the_books_at_once(client, librarian, make_book, method):
    book_id = make_book("1984", "George Orwell", "Ann")
    other_id = make_book("Other", "Ben")
    author = author_named(client, "orwell")

    response = getattr(client, method)(author["links"]["self"], headers=librarian, json={"name": " Eric  Blair "})

    assert response.status_code == 200
    assert response.get_json()["data"]["name"] == "Eric Blair"
    assert response.get_json()["data"]["version"] == 2
    book = client.get(f"{BOOKS}/{book_id}").get_json()["data"]
    assert (book["author"], book["version"]) == ("Eric Blair, Ann", 2)
    assert book["updated_at"] >= book["created_at"]
    assert client.get(f"{BOOKS}?search=blair").get_json()["pagination"]["total_items"] == 1
    assert client.get(f"{BOOKS}?search=orwell").get_json()["pagination"]["total_items"] == 0
    assert client.get(f"{BOOKS}/{other_id}").get_json()["data"]["version"] == 1


def test_author_may_be_sent_back_and_change_nothing(client, librarian, make_book):
    make_book("1984", "George Orwell")
    author = author_named(client, "orwell")

    response = client.put(author["links"]["self"], headers=librarian, json=author)

    assert response.get_json()["data"] == author


def test_author_may_change_the_case_of_the_own_name(client, librarian, make_book):
    make_book("1984", "george orwell")
    author = author_named(client, "orwell")

    response = client.put(author["links"]["self"], headers=librarian, json={"name": "George Orwell"})

    assert response.get_json()["data"]["name"] == "George Orwell"


def test_name_of_another_author_is_a_conflict(client, librarian, make_book):
    make_book("1984", "George Orwell")
    make_book("Animal Farm", "G. Orwell")
    author = author_named(client, "G. Orwell")

    response = client.patch(author["links"]["self"], headers=librarian, json={"name": "GEORGE ORWELL"})

    assert failure(response) == (409, "author_name_taken")
    assert client.get(author["links"]["self"]).get_json()["data"] == author


def test_members_may_not_rename_authors(client, member, make_book):
    make_book("1984", "George Orwell")
    address = author_named(client, "orwell")["links"]["self"]

    assert failure(client.put(address, headers=member, json={"name": "X"})) == (403, "insufficient_scope")
    assert failure(client.put(address, json={"name": "X"})) == (401, "token_missing")


def test_update_of_an_author_with_nothing_that_can_change_is_refused(client, librarian, make_book):
    make_book("1984", "George Orwell")
    address = author_named(client, "orwell")["links"]["self"]

    assert failure(client.put(address, headers=librarian, json={})) == (400, "nothing_to_update")
    assert failure(client.put(address, headers=librarian, json={"id": 1})) == (400, "nothing_to_update")
    assert failure(client.patch(address, headers=librarian, json={"name": None})) == (422, "validation_failed")
