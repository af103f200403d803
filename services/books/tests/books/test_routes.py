"""The addresses of books: each kind of answer once, with the names that the tutorials give the cases."""

from __future__ import annotations

import pytest

BOOKS = "/api/v1/books"


def titles(response):
    assert response.status_code == 200, response.get_json()
    return [book["title"] for book in response.get_json()["data"]]


def failure(response):
    error = response.get_json()["error"]
    return response.status_code, error["code"]


def test_list_of_no_books_is_empty(client):
    response = client.get(BOOKS)

    assert response.status_code == 200
    assert response.get_json() == {
        "success": True,
        "data": [],
        "pagination": {
            "page": 1,
            "per_page": 20,
            "total_items": 0,
            "total_pages": 0,
            "total_is": "exact",
            "has_next": False,
            "has_prev": False,
            "next_cursor": None,
        },
    }


def test_list_of_25_books_gives_10_on_the_page_and_counts_the_rest(client, make_book):
    for number in range(25):
        make_book(f"Book {number}")

    response = client.get(f"{BOOKS}?page=1&per_page=10")

    body = response.get_json()
    assert titles(response) == [f"Book {number}" for number in range(24, 14, -1)]
    assert body["pagination"]["total_items"] == 25
    assert body["pagination"]["total_pages"] == 3
    assert body["pagination"]["has_next"] is True
    assert response.headers["X-Total-Count"] == "25"
    assert 'rel="next"' in response.headers["Link"]
    assert titles(client.get(f"{BOOKS}?page=3&per_page=10")) == [f"Book {number}" for number in range(4, -1, -1)]
    assert titles(client.get(f"{BOOKS}?page=4&per_page=10")) == []
    assert titles(client.get(f"{BOOKS}?per_page=1000")) == [f"Book {number}" for number in range(24, -1, -1)]


def test_search_finds_words_of_title_and_author(client, make_book):
    make_book("Clean Code", "Robert C. Martin")
    make_book("The Clean Coder", "Robert C. Martin")
    make_book("Refactoring", "Martin Fowler")

    assert titles(client.get(f"{BOOKS}?search=clean+code")) == ["Clean Code"]
    assert titles(client.get(f"{BOOKS}?search=clean+code*")) == ["Clean Code", "The Clean Coder"]
    assert titles(client.get(f"{BOOKS}?search=fowler+refactoring")) == ["Refactoring"]
    assert titles(client.get(f"{BOOKS}?search=martin")) == ["Refactoring", "The Clean Coder", "Clean Code"]
    assert titles(client.get(f"{BOOKS}?search=nothing")) == []


def test_show_unknown_book_is_not_found(client):
    assert failure(client.get(f"{BOOKS}/999999")) == (404, "book_not_found")


@pytest.mark.parametrize("wrong", ["0", "-1", "abc", "1.5", "9223372036854775808", "1%00", "%ff"])
def test_show_book_under_what_is_no_id_is_not_found(client, wrong):
    assert failure(client.get(f"{BOOKS}/{wrong}")) == (404, "not_found")


def test_create_book_answers_with_the_book_and_its_place(client, member):
    response = client.post(
        BOOKS,
        headers=member,
        json={
            "title": " Dune ",
            "author": "Frank  Herbert",
            "isbn": "0-441-17271-7",
            "year": 1965,
            "language": "eng",
            "subjects": ["science fiction", "deserts", "deserts"],
            "page_count": 412,
            "publisher": "Chilton",
            "subtitle": "",
            "description": "Spice.\nWorms.",
        },
    )

    assert response.status_code == 201, response.get_json()
    book = response.get_json()["data"]
    assert response.headers["Location"] == f"/api/v1/books/{book['id']}"
    author = book["authors"][0]
    assert author == {
        "id": author["id"],
        "name": "Frank Herbert",
        "role": "author",
        "links": {"self": f"/api/v1/authors/{author['id']}"},
    }
    assert book["created_at"].endswith("Z")
    del book["created_at"], book["updated_at"], book["authors"]
    assert book == {
        "id": book["id"],
        "title": "Dune",
        "subtitle": None,
        "author": "Frank Herbert",
        "isbn": "9780441172719",
        "isbn_10": "0441172717",
        "year": 1965,
        "language": "en",
        "publisher": "Chilton",
        "description": "Spice.\nWorms.",
        "subjects": ["science fiction", "deserts"],
        "series": None,
        "identifiers": [],
        "work_id": None,
        "page_count": 412,
        "average_rating": None,
        "ratings_count": None,
        "cover": None,
        "created_by": 1,
        "version": 1,
        "etag": '"1"',
        "reviews": {"count": 0, "average": None},
        "links": {
            "self": f"/api/v1/books/{book['id']}",
            "authors": [f"/api/v1/authors/{author['id']}"],
            "work": None,
            "editions": None,
            "reviews": f"/api/v1/books/{book['id']}/reviews",
        },
    }
    assert client.get(response.headers["Location"]).get_json()["data"]["title"] == "Dune"


def test_create_book_needs_a_title_only(client, member):
    response = client.post(BOOKS, headers=member, json={"title": "Beowulf"})

    assert response.status_code == 201
    book = response.get_json()["data"]
    assert (book["author"], book["authors"], book["isbn"], book["isbn_10"]) == (None, [], None, None)


def test_create_book_with_authors_keeps_their_order_and_roles(client, member):
    authors = ["Arkady Strugatsky", {"name": "Boris Strugatsky"}, {"name": "Olena Bormashenko", "role": "translator"}]

    book = client.post(BOOKS, headers=member, json={"title": "Roadside Picnic", "authors": authors}).get_json()["data"]

    assert book["author"] == "Arkady Strugatsky, Boris Strugatsky"
    assert [(author["name"], author["role"]) for author in book["authors"]] == [
        ("Arkady Strugatsky", "author"),
        ("Boris Strugatsky", "author"),
        ("Olena Bormashenko", "translator"),
    ]


def test_create_book_without_title_names_the_field(client, member):
    response = client.post(BOOKS, headers=member, json={"author": "Nobody"})

    assert failure(response) == (422, "validation_failed")
    assert list(response.get_json()["error"]["details"]) == ["title"]


def test_create_book_without_token_is_unauthorised(client):
    response = client.post(BOOKS, json={"title": "Dune"})

    assert failure(response) == (401, "token_missing")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_create_book_without_the_scope_is_forbidden(client, tokens):
    headers = {"Authorization": f"Bearer {tokens.make(scope='books:read')}"}

    assert failure(client.post(BOOKS, headers=headers, json={"title": "Dune"})) == (403, "insufficient_scope")


def test_create_book_with_known_isbn_is_a_conflict(client, member, make_book):
    make_book("Dune", isbn="9780441172719")

    response = client.post(BOOKS, headers=member, json={"title": "Dune again", "isbn": "0441172717"})

    assert failure(response) == (409, "isbn_already_taken")
    assert client.get(BOOKS).get_json()["pagination"]["total_items"] == 1


def test_update_book_changes_only_what_is_named(client, member, make_book):
    book_id = make_book("Dune", "Frank Herbert", year=1965, isbn="9780441172719")

    response = client.put(f"{BOOKS}/{book_id}", headers=member, json={"title": "Dune Messiah", "year": 1969})

    assert response.status_code == 200
    book = response.get_json()["data"]
    assert (book["title"], book["year"], book["author"], book["isbn"]) == (
        "Dune Messiah",
        1969,
        "Frank Herbert",
        "9780441172719",
    )
    assert book["version"] == 2
    assert titles(client.get(f"{BOOKS}?search=messiah")) == ["Dune Messiah"]


def test_patch_book_clears_what_is_null(client, member, make_book):
    book_id = make_book("Dune", "Frank Herbert", year=1965, isbn="9780441172719", subjects=["deserts"])

    response = client.patch(
        f"{BOOKS}/{book_id}",
        headers={**member, "Content-Type": "application/merge-patch+json"},
        data='{"year": null, "isbn": null, "authors": null, "subjects": null}',
    )

    assert response.status_code == 200
    book = response.get_json()["data"]
    assert (book["year"], book["isbn"], book["author"], book["authors"], book["subjects"]) == (None, None, None, [], [])
    assert failure(client.patch(f"{BOOKS}/{book_id}", headers=member, json={"title": None})) == (
        422,
        "validation_failed",
    )


def test_patch_unknown_book_is_not_found(client, member):
    assert failure(client.patch(f"{BOOKS}/999999", headers=member, json={"title": "X"})) == (404, "book_not_found")
    assert failure(client.put(f"{BOOKS}/999999", headers=member, json={"title": "X"})) == (404, "book_not_found")


def test_delete_book_as_admin_and_then_again_is_not_found(client, admin, make_book):
    book_id = make_book("Dune", "Frank Herbert")

    response = client.delete(f"{BOOKS}/{book_id}", headers=admin)

    assert response.status_code == 204
    assert response.get_data() == b""
    assert failure(client.get(f"{BOOKS}/{book_id}")) == (404, "book_not_found")
    assert failure(client.delete(f"{BOOKS}/{book_id}", headers=admin)) == (404, "book_not_found")
    authors = client.get("/api/v1/authors").get_json()["data"]
    assert [(author["name"], author["books_count"]) for author in authors] == [("Frank Herbert", 0)]


def test_delete_book_as_its_creator_is_forbidden(client, member, librarian, make_book):
    book_id = make_book("Dune")

    assert failure(client.delete(f"{BOOKS}/{book_id}", headers=member)) == (403, "insufficient_scope")
    assert failure(client.delete(f"{BOOKS}/{book_id}", headers=librarian)) == (403, "insufficient_scope")
    assert client.get(f"{BOOKS}/{book_id}").status_code == 200


def test_update_book_of_somebody_else_needs_a_librarian(client, other_member, librarian, admin, make_book):
    book_id = make_book("Dune")

    assert failure(client.put(f"{BOOKS}/{book_id}", headers=other_member, json={"year": 1})) == (403, "not_your_book")
    assert failure(client.patch(f"{BOOKS}/{book_id}", headers=other_member, json={})) == (403, "not_your_book")
    assert client.put(f"{BOOKS}/{book_id}", headers=librarian, json={"year": 2}).status_code == 200
    response = client.patch(f"{BOOKS}/{book_id}", headers=admin, json={"year": 3})
    assert response.status_code == 200
    assert response.get_json()["data"]["created_by"] == 1


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("body", [{}, {"id": 7, "version": 9, "links": {}}])
def test_update_book_with_nothing_that_can_change_is_refused(client, member, make_book, method, body):
    address = f"{BOOKS}/{make_book('Dune')}"

    assert failure(getattr(client, method)(address, headers=member, json=body)) == (400, "nothing_to_update")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_update_book_with_what_was_read_changes_nothing(client, member, make_book, method):
    address = f"{BOOKS}/{make_book('Dune', 'Frank Herbert', 'Brian Herbert', year=1965, isbn='9780441172719')}"
    before = client.get(address).get_json()["data"]

    response = getattr(client, method)(address, headers=member, json=before)

    assert response.status_code == 200
    assert response.get_json()["data"] == before


def test_reading_needs_no_token_but_refuses_a_wrong_one(client, make_book):
    address = f"{BOOKS}/{make_book('Dune')}"

    assert client.get(address).status_code == 200
    assert failure(client.get(address, headers={"Authorization": "Bearer x"})) == (401, "token_invalid")


def test_signed_in_reads_and_writes_tell_their_limits(client, member):
    assert client.get(BOOKS, headers=member).headers["RateLimit-Limit"] == "1200"
    assert client.post(BOOKS, headers=member, json={"title": "X"}).headers["RateLimit-Limit"] == "120"
    assert "RateLimit-Limit" not in client.get(BOOKS).headers
