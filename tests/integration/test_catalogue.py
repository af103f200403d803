"""A reader, a member, a librarian and an admin at the catalogue."""

from __future__ import annotations

import secrets


def unique(word: str) -> str:
    """Return a title that no other test uses."""
    return f"{word} {secrets.token_hex(6)}"


def test_a_catalogue_without_matches_is_an_empty_list(visitor):
    answer = visitor.get("/api/v1/books", params={"title": unique("nothing")})

    assert answer.status_code == 200
    body = answer.json()
    assert body["data"] == []
    assert body["pagination"] == {
        "page": 1,
        "per_page": 20,
        "total_items": 0,
        "total_pages": 0,
        "total_is": "exact",
        "has_next": False,
        "has_prev": False,
        "next_cursor": None,
    }


def test_twenty_five_books_make_three_pages_of_ten(visitor, member):
    series = unique("Volume")
    for number in range(25):
        assert member.post("/api/v1/books", {"title": f"{series} {number}"}).status_code == 201

    answer = visitor.get("/api/v1/books", params={"title": series, "per_page": 10})

    body = answer.json()
    assert len(body["data"]) == 10
    assert body["pagination"]["total_items"] == 25
    assert body["pagination"]["total_pages"] == 3
    assert body["pagination"]["has_next"] is True
    assert answer.headers["X-Total-Count"] == "25"
    assert 'rel="next"' in answer.headers["Link"]


def test_a_page_past_the_end_is_empty_and_a_page_that_is_no_number_is_refused(visitor):
    assert visitor.get("/api/v1/books?page=9999").json()["data"] == []

    refused = visitor.get("/api/v1/books?page=two")
    assert refused.status_code == 422
    assert list(refused.json()["error"]["details"]) == ["page"]


def test_search_finds_a_book_by_words_of_title_and_author(visitor, member):
    title, author = unique("Garten"), unique("Thea")
    member.post("/api/v1/books", {"title": title, "author": author})

    found = visitor.get("/api/v1/books", params={"search": f"{author} {title.split()[1]}"}).json()["data"]

    assert [book["title"] for book in found] == [title]


def test_an_unknown_book_is_not_found(visitor):
    answer = visitor.get("/api/v1/books/999999999")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "book_not_found"


def test_a_created_book_is_at_its_location(visitor, member):
    created = member.post("/api/v1/books", {"title": unique("New"), "author": "Somebody", "year": 1999})

    assert created.status_code == 201
    book = visitor.get(created.headers["Location"]).json()["data"]
    assert book == created.json()["data"]
    assert book["created_by"] == member.user["id"]


def test_a_book_without_a_title_is_refused(member):
    answer = member.post("/api/v1/books", {"author": "Somebody"})

    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == ["title"]


def test_a_visitor_cannot_create_a_book(visitor):
    answer = visitor.post("/api/v1/books", {"title": "No"})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "token_missing"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_isbn_belongs_to_one_book(member, visitor):
    isbn = random_isbn_13()
    assert member.post("/api/v1/books", {"title": "First", "isbn": isbn}).status_code == 201

    second = member.post("/api/v1/books", {"title": "Second", "isbn": f"{isbn[:3]}-{isbn[3:]}"})

    assert second.status_code == 409
    assert second.json()["error"]["code"] == "isbn_already_taken"
    assert visitor.get(f"/api/v1/books/isbn/{isbn}").json()["data"]["title"] == "First"


def random_isbn_13() -> str:
    """Return a valid ISBN-13 that no other test uses."""
    digits = "978" + "".join(str(secrets.randbelow(10)) for _ in range(9))
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return digits + str(-total % 10)


def test_put_changes_what_it_names_and_keeps_the_rest(member):
    book = member.post("/api/v1/books", {"title": unique("Old"), "year": 1900}).json()["data"]

    changed = member.put(f"/api/v1/books/{book['id']}", {"year": 1901}).json()["data"]

    assert (changed["title"], changed["year"], changed["version"]) == (book["title"], 1901, book["version"] + 1)


def test_what_was_read_can_be_sent_back(member):
    book = member.post("/api/v1/books", {"title": unique("Same"), "authors": ["A One", "B Two"]}).json()["data"]

    answer = member.put(f"/api/v1/books/{book['id']}", book)

    assert answer.status_code == 200
    assert answer.json()["data"]["authors"] == book["authors"]


def test_patch_with_null_clears_a_field(member):
    book = member.post("/api/v1/books", {"title": unique("Clear"), "year": 1900}).json()["data"]

    answer = member.patch(
        f"/api/v1/books/{book['id']}", {"year": None}, headers={"Content-Type": "application/merge-patch+json"}
    )

    assert answer.json()["data"]["year"] is None


def test_an_unknown_field_and_an_unknown_sort_are_refused_by_name(member, visitor):
    unknown = member.post("/api/v1/books", {"title": "x", "colour": "red"})
    assert (unknown.status_code, list(unknown.json()["error"]["details"])) == (422, ["colour"])

    sort = visitor.get("/api/v1/books?sort=colour")
    assert (sort.status_code, list(sort.json()["error"]["details"])) == (422, ["sort"])


def test_a_book_is_changed_by_its_creator_or_a_curator_only(member, new_member, admin):
    book = member.post("/api/v1/books", {"title": unique("Mine")}).json()["data"]

    stranger = new_member().put(f"/api/v1/books/{book['id']}", {"title": "Theirs"})
    assert stranger.status_code == 403

    librarian = new_member()
    promoted = admin.patch(f"/api/v1/users/{librarian.user['id']}", {"role": "librarian"})
    assert promoted.status_code == 200
    librarian.sign_in(librarian.email, librarian.password)
    assert librarian.put(f"/api/v1/books/{book['id']}", {"subtitle": "Curated"}).status_code == 200


def test_only_an_admin_deletes_a_book(member, admin, visitor):
    book = member.post("/api/v1/books", {"title": unique("Gone")}).json()["data"]

    assert member.delete(f"/api/v1/books/{book['id']}").status_code == 403
    assert admin.delete(f"/api/v1/books/{book['id']}").status_code == 204
    assert visitor.get(f"/api/v1/books/{book['id']}").status_code == 404
    assert admin.delete(f"/api/v1/books/{book['id']}").status_code == 404


def test_an_author_is_one_record_with_all_its_books(member, visitor):
    name = unique("Author")
    titles = {unique("One"), unique("Two")}
    for title in titles:
        member.post("/api/v1/books", {"title": title, "authors": [name]})

    (author,) = visitor.get("/api/v1/authors", params={"search": name}).json()["data"]
    books = visitor.get(f"/api/v1/authors/{author['id']}/books").json()["data"]

    assert author["books_count"] == 2
    assert {book["title"] for book in books} == titles
