"""How many SQL statements each route may cost, so that none creeps up unnoticed."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from stdnum import ean

from servicekit.testing.statements import statements_run

BOOKS = "/api/v1/books"
AUTHORS = "/api/v1/authors"


@pytest.fixture(name="cost")
def _cost(app, client, database):
    """Return a function that sends a request that succeeds and gives the number of its statements."""

    def cost(method, url, **kwargs):
        with app.app_context():
            engine = database.engine
        with statements_run(engine) as statements:
            response = client.open(url, method=method, **kwargs)
        assert response.status_code < 300, response.get_json()
        return len(statements)

    return cost


@pytest.mark.parametrize("count", [1, 12])
def test_reading_reviews_costs_the_same_for_one_and_for_many(cost, client, make_book, tokens, count):
    book_id = make_book("T", "Ann")
    url = f"/api/v1/books/{book_id}/reviews"
    for user_id in range(1, count + 1):
        client.post(url, json={"rating": 3}, headers=tokens.headers(user_id))
    review = client.get(url).get_json()["data"][0]["links"]["self"]

    assert cost("GET", url) == 2
    assert cost("GET", "/api/v1/reviews?user_id=1&rating=3&sort=-rating,updated_at") == 2
    assert cost("GET", review) == 1


def test_writing_reviews(cost, client, make_book, member):
    url = f"/api/v1/books/{make_book('T', 'Ann')}/reviews"

    assert cost("POST", url, json={"rating": 3}, headers=member) == 4
    review = client.get(url).get_json()["data"][0]["links"]["self"]
    assert cost("PATCH", review, json={"text": "Good."}, headers=member) == 6
    assert cost("PATCH", review, json={"rating": 5}, headers=member) == 7
    assert cost("DELETE", review, headers=member) == 5


def test_creating_under_a_key_costs_five_statements_more_and_repeating_it_three(cost, member, make_book):
    url = f"/api/v1/books/{make_book('T', 'Ann')}/reviews"
    keyed = {**member, "Idempotency-Key": "one"}

    assert cost("POST", url, json={"rating": 3}, headers=keyed) == 4 + 5
    assert cost("POST", url, json={"rating": 3}, headers=keyed) == 3


@pytest.fixture(name="shelf", params=[0, 1, 40])
def _shelf(request, make_book):
    for number in range(request.param):
        make_book(f"Book {number}", "Author One", f"Author {number}", language="en", year=1990 + number % 3)


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ("per_page=100", 2),
        ("per_page=100&sort=-year,title", 2),
        ("per_page=100&total=none", 1),
        ("per_page=100&author=author&language=en&sort=-year", 3),
        ("per_page=100&year=1990&total=none", 2),
        ("per_page=100&year=1990&total=exact", 2),
        ("per_page=100&year=1990&total=estimate", 3),
        ("per_page=100&facets=author,subject,language,decade,publisher,series", 3),
        ("per_page=100&year=1990&facets=author,language", 3),
        # Nobody has counted them.
        ("per_page=100&year=1990&facets=author&total=none", 4),
    ],
)
def test_lists_of_books_cost_the_same_for_none_and_for_many(cost, shelf, query, statements):
    assert cost("GET", f"{BOOKS}?{query}") == statements


@pytest.mark.parametrize("books", [1, 40])
def test_searches(client, cost, make_book, books):
    for number in range(books):
        make_book(f"Book {number}", "Author One", language="en")
    # The first search of a process asks which words are common.
    client.get(f"{BOOKS}?search=book")

    assert cost("GET", f"{BOOKS}?search=book") == 2
    assert cost("GET", f"{BOOKS}?search=book&language=en") == 3
    assert cost("GET", f"{BOOKS}?search=book&sort=title") == 3
    assert cost("GET", f"{BOOKS}?search=book&language=en&facets=author,decade") == 4
    assert cost("GET", f"{BOOKS}?search=bok") == 5
    assert cost("GET", f"{BOOKS}?search=xyzzy") == 3
    assert cost("GET", f"{BOOKS}?search=book+xyzzy") == 5
    assert cost("GET", f"{BOOKS}?search=book&highlights=true") == 2
    assert cost("GET", f"{BOOKS}?search=") == 0
    assert cost("GET", f"{BOOKS}/suggestions?q=boo") == 1
    assert cost("GET", f"{BOOKS}/suggestions?q=author+o") == 2


@pytest.mark.parametrize("count", [1, 12])
def test_embeds_cost_a_statement_each_for_one_and_for_many(cost, client, make_book, tokens, count):
    for number in range(count):
        book_id = make_book(f"Book {number}", "Ann", f"Author {number}")
        for user_id in range(1, min(count, 5) + 1):
            client.post(f"{BOOKS}/{book_id}/reviews", json={"rating": 3}, headers=tokens.headers(user_id))
    author = client.get(f"{AUTHORS}?search=ann").get_json()["data"][0]

    assert cost("GET", f"{BOOKS}?include=authors") == 3
    assert cost("GET", f"{BOOKS}?include=authors,reviews") == 4
    assert cost("GET", f"{BOOKS}/{book_id}?include=authors,reviews") == 3
    assert cost("GET", f"{author['links']['books']}?include=authors,reviews&facets=author,decade") == 6


def test_cursors_cost_one_statement_and_no_more_than_three(client, cost, make_book):
    for number in range(5):
        make_book(f"Book {number}", f"Author {number}")
    for address in (f"{BOOKS}?sort=-year", f"{AUTHORS}?sort=-created_at"):
        cursor = client.get(f"{address}&per_page=2").get_json()["pagination"]["next_cursor"]

        assert cost("GET", f"{address}&per_page=2&cursor={cursor}") == 1
    for query, most in (("sort=-year&title.prefix=book", 2), ("sort=-year,title", 3)):
        cursor = client.get(f"{BOOKS}?{query}&per_page=2").get_json()["pagination"]["next_cursor"]

        assert cost("GET", f"{BOOKS}?{query}&per_page=2&cursor={cursor}") <= most


def test_authors_and_their_books(client, cost, make_book):
    for number in range(5):
        make_book(f"Book {number}", "Ann", f"Author {number}")
    author = client.get(f"{AUTHORS}?search=ann").get_json()["data"][0]["links"]["self"]

    assert cost("GET", AUTHORS) == 2
    assert cost("GET", f"{AUTHORS}?search=author&sort=-updated_at&per_page=100") == 2
    assert cost("GET", author) == 1
    assert cost("GET", f"{author}/books?sort=title") == 3


@pytest.mark.parametrize("count", [1, 12])
def test_reading_works_costs_the_same_for_one_and_for_many(cost, client, make_book, librarian, count):
    for number in range(count):
        created = client.post("/api/v1/works", json={"title": f"W {number}"}, headers=librarian)
        work = created.get_json()["data"]
        for _ in range(count):
            make_book("T", "Ann", work_id=work["id"])

    assert cost("GET", "/api/v1/works?search=w") == 2
    assert cost("GET", work["links"]["self"]) == 1
    assert cost("GET", work["links"]["editions"]) == 3


def test_writing_works(cost, client, make_book, member, librarian, admin):
    assert cost("POST", "/api/v1/works", json={"title": "T"}, headers=librarian) == 2
    work = client.get("/api/v1/works").get_json()["data"][0]
    assert cost("PATCH", work["links"]["self"], json={"title": "U"}, headers=librarian) == 3
    book = f"/api/v1/books/{make_book('T', 'Ann')}"
    without_work = cost("PATCH", book, json={"subtitle": "a"}, headers=member)
    assert cost("PATCH", book, json={"work_id": work["id"]}, headers=member) == without_work + 1
    assert cost("PATCH", book, json={"work_id": work["id"], "subtitle": "b"}, headers=member) == without_work
    assert cost("DELETE", work["links"]["self"], headers=admin) == 9


@pytest.mark.parametrize("count", [1, 12])
def test_looking_up_isbns_costs_one_statement(cost, make_book, count):
    isbns = [start + ean.calc_check_digit(start) for start in (f"978{number:09}" for number in range(count))]
    for number in isbns:
        make_book("T", "Ann", isbn=number)

    assert cost("POST", "/api/v1/books/isbn-lookup", json={"isbns": isbns}) == 1
    assert cost("POST", "/api/v1/books/isbn-lookup", json={"isbns": ["no ISBN"]}) == 0


def test_covers(cost, make_book, member):
    url = f"/api/v1/books/{make_book('T', 'Ann')}/cover"
    image = io.BytesIO()
    Image.new("RGB", (2, 3)).save(image, "PNG")
    send = {"data": image.getvalue(), "content_type": "image/png", "headers": member}

    assert cost("PUT", url, **send) == 7
    assert cost("PUT", url, **send) == 5
    assert cost("GET", url) == 1
    assert cost("DELETE", url, headers=member) == 4


@pytest.mark.parametrize("count", [1, 12])
def test_reading_lists_cost_the_same_for_one_entry_and_for_many(cost, client, make_book, member, count):
    url = "/api/v1/reading-list"
    for number in range(count):
        entry = client.post(url, json={"book_id": make_book(f"T{number}", "Ann")}, headers=member).get_json()["data"]

    assert cost("GET", url, headers=member) == 2
    assert cost("GET", f"{url}?finished=no&sort=title,-started_on", headers=member) == 2
    assert cost("GET", entry["links"]["self"], headers=member) == 1


def test_writing_reading_lists(cost, client, make_book, member):
    url = "/api/v1/reading-list"

    assert cost("POST", url, json={"book_id": make_book("T", "Ann")}, headers=member) == 4
    entry = client.get(url, headers=member).get_json()["data"][0]["links"]["self"]
    assert cost("PATCH", entry, json={"finished": True}, headers=member) == 4
    assert cost("DELETE", entry, headers=member) == 2


@pytest.mark.parametrize("count", [1, 12])
def test_reading_versions_costs_the_same_for_few_and_for_many(cost, client, make_book, admin, count):
    books = [f"/api/v1/books/{make_book('T', 'Ann')}" for _ in range(count)]
    for year in range(count):
        client.patch(books[0], json={"year": year}, headers=admin)

    assert cost("GET", f"{books[0]}/revisions") == 2
    assert cost("GET", f"{books[0]}/revisions?per_page=1") == 3
    assert cost("GET", f"{books[0]}/revisions/1") == 2
    for address in books:
        client.delete(address, headers=admin)
    assert cost("GET", "/api/v1/books/deleted", headers=admin) == 1


def test_undoing(cost, client, make_book, admin):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    client.patch(address, json={"year": 1990, "authors": ["Ben"]}, headers=admin)

    assert cost("POST", f"{address}/revisions/1/revert", headers=admin) == 14
    assert cost("DELETE", address, headers=admin) == 9
    assert cost("POST", f"{address}/restore", headers=admin) == 13


def test_merging_authors(cost, client, make_book, librarian):
    for number in range(5):
        make_book(f"Book {number}", "Ann", f"Author {number}")
    ann, other = (client.get(f"{AUTHORS}?search={name}").get_json()["data"][0] for name in ("ann", "0"))

    assert cost("POST", f"{ann['links']['self']}/merge", json={"into": other["id"]}, headers=librarian) == 22
    merge = client.get("/api/v1/merges", headers=librarian).get_json()["data"][0]["links"]
    assert cost("GET", "/api/v1/merges", headers=librarian) == 1
    assert cost("GET", merge["self"], headers=librarian) == 1
    assert cost("POST", merge["undo"], headers=librarian) == 23


@pytest.mark.parametrize("count", [1, 12])
def test_merging_books_costs_the_same_for_one_reader_and_for_many(cost, client, make_book, librarian, tokens, count):
    one, other = (make_book("T", "Ann") for _ in range(2))
    # The librarian is one of them, so that the account is there.
    for user_id in range(3, count + 3):
        for book_id in (one, other)[user_id % 2 :]:
            headers = tokens.headers(user_id)
            client.post(f"{BOOKS}/{book_id}/reviews", json={"rating": 3}, headers=headers)
            client.post("/api/v1/reading-list", json={"book_id": book_id}, headers=headers)

    assert cost("POST", f"{BOOKS}/{one}/merge", json={"into": other}, headers=librarian) == 16
    merge = client.get("/api/v1/merges", headers=librarian).get_json()["data"][0]["links"]
    assert cost("GET", "/api/v1/merges?kind=book", headers=librarian) == 1
    assert cost("POST", merge["undo"], headers=librarian) == 22


@pytest.mark.parametrize("count", [1, 12])
def test_suggesting_duplicates_costs_the_same_for_few_and_for_many(cost, client, make_book, librarian, count):
    names = "abcdefghijkl"[:count]
    for name in names:
        for written in (f"{name}. {name * 5}", f"{name} {name * 5}"):
            book_id = make_book(f"Title {name}", written, identifiers=[f"oclc:{ord(name)}"])
    author = client.get(f"{AUTHORS}?search={name * 5}").get_json()["data"][0]["id"]
    for address in (AUTHORS, BOOKS):
        assert len(client.get(f"{address}/duplicates", headers=librarian).get_json()["data"]) == count

    assert cost("GET", f"{AUTHORS}/duplicates", headers=librarian) == 5
    assert cost("GET", f"{AUTHORS}/duplicates?author_id={author}", headers=librarian) == 5
    assert cost("GET", f"{BOOKS}/duplicates", headers=librarian) == 5
    assert cost("GET", f"{BOOKS}/duplicates?book_id={book_id}", headers=librarian) == 5
