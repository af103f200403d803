"""Authors and reviews shown inside books."""

from __future__ import annotations

import pytest

BOOKS = "/api/v1/books"


@pytest.fixture(name="review")
def _review(client, tokens):
    """Return a function that has a user review a book and gives the review."""

    def post(book_id, user_id, text=None):
        body = {"rating": 4, "text": text}
        answer = client.post(f"{BOOKS}/{book_id}/reviews", json=body, headers=tokens.headers(user_id))
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()["data"]

    return post


def embedded(client, address, include):
    answer = client.get(address, query_string={"include": include})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["data"]


def test_embeds_are_what_their_own_addresses_show(client, make_book, review):
    book_id = make_book("One", "Ann", "Ben", isbn="9780306406157")
    make_book("Two", "Ben")
    reviews = [review(book_id, user_id) for user_id in range(1, 6)]
    one = client.get(f"{BOOKS}/{book_id}").get_json()["data"]
    authors = [client.get(address).get_json()["data"] for address in one["links"]["authors"]]
    newest = [client.get(written["links"]["self"]).get_json()["data"] for written in reviews[:1:-1]]

    for address in (f"{BOOKS}/{book_id}", f"{BOOKS}/isbn/9780306406157"):
        assert embedded(client, address, "authors,reviews")["embedded"] == {"authors": authors, "reviews": newest}
    for address in (BOOKS, authors[1]["links"]["books"]):
        second, first = embedded(client, address, "reviews,authors")
        assert first["embedded"] == {"authors": authors, "reviews": newest}
        assert second["embedded"] == {"authors": authors[1:], "reviews": []}
        assert [set(book["embedded"]) for book in embedded(client, address, "authors")] == [{"authors"}] * 2
    assert {name: shown for name, shown in first.items() if name not in ("embedded", "etag")} == {
        name: shown for name, shown in one.items() if name != "etag"
    }


def test_author_in_two_roles_is_embedded_once(client, make_book, librarian):
    book_id = make_book("T", "Ann")
    roles = [{"name": "Ann"}, {"name": "Ben"}, {"name": "Ann", "role": "illustrator"}]
    client.put(f"{BOOKS}/{book_id}", json={"authors": roles}, headers=librarian)

    shown = embedded(client, f"{BOOKS}/{book_id}", "authors")

    assert [author["name"] for author in shown["embedded"]["authors"]] == ["Ann", "Ben"]
    assert len(shown["authors"]) == 3


def test_nothing_is_embedded_unless_asked_for(client, make_book):
    book_id = make_book("T", "Ann")

    assert "embedded" not in client.get(f"{BOOKS}/{book_id}?include=").get_json()["data"]
    assert client.get(f"{BOOKS}?search=nothing&include=authors").get_json()["data"] == []


def test_embeds_are_shown_with_some_fields_only(client, make_book):
    book_id = make_book("T", "Ann")

    for address in (BOOKS, f"{BOOKS}/{book_id}"):
        shown = embedded(client, f"{address}", "authors")
        whole = client.get(f"{address}?include=authors&fields=id,title")
        book = whole.get_json()["data"]
        shown, book = (shown[0], book[0]) if address == BOOKS else (shown, book)
        assert book == {name: shown[name] for name in ("id", "title", "embedded")}
    assert whole.headers["ETag"] == shown["etag"]


@pytest.mark.parametrize("address", [BOOKS, f"{BOOKS}/1", f"{BOOKS}/isbn/9780306406157", "/api/v1/authors/1/books"])
def test_unknown_embeds_are_refused_with_those_there_are(client, address):
    answer = client.get(f"{address}?include=authors,covers")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["details"] == {"include": ["Must be made of: authors, reviews."]}


def test_tag_tells_of_what_is_embedded(client, make_book, review, librarian, tokens):
    book_id = make_book("T", "Ann")
    written = review(book_id, 1)
    address = f"{BOOKS}/{book_id}"
    alone = client.get(address)
    author = alone.get_json()["data"]["links"]["authors"][0]
    tags = [client.get(f"{address}?include=authors,reviews").headers["ETag"]]

    for url, body, caller in (
        (author, {"biography": "Lived."}, librarian),
        (written["links"]["self"], {"text": "Good."}, tokens.headers(1)),
    ):
        assert client.patch(url, json=body, headers=caller).status_code == 200
        tags.append(client.get(f"{address}?include=authors,reviews").headers["ETag"])
    client.delete(written["links"]["self"], headers=tokens.headers(1))
    # A review of the same version, by nobody who has a name, of the same book.
    review(book_id, 2)
    again = client.get(f"{address}?include=authors,reviews")

    assert len({*tags, again.headers["ETag"]}) == 4
    assert client.get(address).headers["ETag"] == alone.headers["ETag"]
    assert again.get_json()["data"]["etag"] == again.headers["ETag"]
    known = {"If-None-Match": again.headers["ETag"]}
    assert client.get(f"{address}?include=authors,reviews", headers=known).status_code == 304
    assert client.get(address, headers=known).status_code == 200


def test_book_that_was_read_with_embeds_can_be_sent_back(client, make_book, review, member):
    book_id = make_book("T", "Ann")
    review(book_id, 1)
    answer = client.get(f"{BOOKS}/{book_id}?include=authors,reviews")
    body = {**answer.get_json()["data"], "title": "U"}

    changed = client.put(f"{BOOKS}/{book_id}", json=body, headers={**member, "If-Match": answer.headers["ETag"]})

    assert changed.status_code == 200, changed.get_json()
    assert changed.get_json()["data"]["title"] == "U"
    stale = client.put(f"{BOOKS}/{book_id}", json=body, headers={**member, "If-Match": answer.headers["ETag"]})
    assert stale.status_code == 412
