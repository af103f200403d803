"""Two books that are one edition: merged, asked for by the old id, and two again."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image
from sqlalchemy import text

from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.accounts.operations import apply_event

BOOKS = "/api/v1/books"
MERGES = "/api/v1/merges"
LIST = "/api/v1/reading-list"
ISBN = "9780439023481"
OTHER_ISBN = "9780306406157"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def number(address):
    return int(address.rpartition("/")[2])


@pytest.fixture(name="add")
def _add(make_book):
    """Adds a book and returns the address."""
    return lambda *args, **values: f"{BOOKS}/{make_book(*args, **values)}"


@pytest.fixture(name="review")
def _review(client, tokens):
    """Has a user review the book at an address."""

    def review(address, user_id, rating):
        answer = client.post(f"{address}/reviews", json={"rating": rating}, headers=tokens.headers(user_id))
        assert answer.status_code == 201
        return answer.headers["Location"]

    return review


@pytest.fixture(name="shelve")
def _shelve(client, tokens):
    """Puts the book at an address on the reading list of a user."""

    def shelve(address, user_id, **members):
        body = {"book_id": number(address), **members}
        answer = client.post(LIST, json=body, headers=tokens.headers(user_id))
        assert answer.status_code == 201
        return answer.headers["Location"]

    return shelve


@pytest.fixture(name="listed")
def _listed(client, tokens):
    """Returns the note of each book on the reading list of a user, by the id of the book."""

    def listed(user_id):
        entries = client.get(LIST, headers=tokens.headers(user_id)).get_json()["data"]
        return {entry["book"]["id"]: entry["note"] for entry in entries}

    return listed


@pytest.fixture(name="ratings")
def _ratings(read):
    """Returns the ratings of the book at an address by user, and the figures that it shows."""

    def ratings(address):
        figures = read(address)["reviews"]
        shown = {item["reviewer"]["id"]: item["rating"] for item in read(f"{address}/reviews")}
        return shown, (figures["count"], figures["average"])

    return ratings


def catalogue(session):
    """Return everything that a merge may change, apart from versions."""
    written = "to_jsonb(t) - 'version' - 'updated_at' - 'change' - 'changed_by'"
    tables = ("books", "book_authors", "reviews", "reading_list_entries", "imported_records")
    return {
        table: session.execute(text(f"SELECT {written} FROM books.{table} t ORDER BY 1")).scalars().all()
        for table in tables
    }


@pytest.fixture(name="twins")
def _twins(client, add, review, shelve, member, session):
    """Two books that are one edition, with rows of the members 1, 2 and 5."""
    whole = {"isbn": ISBN, "identifiers": ["oclc:1"], "publisher": "P", "year": 1937, "subjects": ["dragons"]}
    one = add("The Hobbit", "J. R. R. Tolkien", "Alan Lee", series_name="Arda", series_number="1", **whole)
    other = add("Hobbit", "J.R.R. Tolkien", identifiers=["oclc:2"], publisher="Q")
    image = io.BytesIO()
    Image.new("RGB", (2, 3)).save(image, "PNG")
    client.put(f"{one}/cover", data=image.getvalue(), content_type="image/png", headers=member)
    for address, user_id, rating in ((one, 1, 1), (one, 2, 2), (other, 2, 5), (other, 5, 5)):
        review(address, user_id, rating)
        shelve(address, user_id, note=f"{address} of {user_id}")
    session.execute(
        text(
            "INSERT INTO books.imported_records (source, record_key, book_id, digest, book_version)"
            " VALUES ('s', '1', :one, 'd', 1), ('s', '2', :other, 'd', 1)"
        ),
        {"one": number(one), "other": number(other)},
    )
    session.commit()
    return one, other


def test_merged_book_has_the_reviews_readers_and_missing_members_of_the_other(
    client, twins, merge, read, ratings, listed
):
    one, other = twins

    merged = merge(one, other)

    assert merged.status_code == 201
    shown = read(other)
    assert (shown["title"], shown["author"], shown["publisher"]) == ("Hobbit", "J.R.R. Tolkien", "Q")
    assert (shown["isbn"], shown["year"], shown["subjects"]) == (ISBN, 1937, ["dragons"])
    assert shown["series"] == {"name": "Arda", "number": "1"}
    assert [identifier["value"] for identifier in shown["identifiers"]] == ["2", "1"]
    assert (shown["cover"]["width"], shown["created_by"], shown["version"]) == (2, 1, 2)
    assert ratings(other) == ({1: 1, 2: 5, 5: 5}, (3, 3.67))
    assert [listed(user_id) for user_id in (1, 2, 5)] == [
        {number(other): f"{one} of 1"},
        {number(other): f"{other} of 2"},
        {number(other): f"{other} of 5"},
    ]
    assert [book["id"] for book in read(BOOKS)] == [number(other)]
    assert read(f"{BOOKS}?search=dragons")[0]["id"] == number(other)
    assert read(f"{BOOKS}/isbn/{ISBN}")["id"] == number(other)


def test_old_id_leads_to_the_other_book_and_is_not_changed_for_it(
    client, twins, merge, member, librarian, admin, tokens
):
    one, other = twins
    merge(one, other)

    for method in ("GET", "HEAD"):
        sent_on = client.open(one, method=method)
        assert (sent_on.status_code, sent_on.headers["Location"]) == (308, other)
        assert sent_on.headers["Cache-Control"] == "no-cache"
    for below in ("?fields=id", "/reviews?per_page=5", "/cover", "/revisions?per_page=5"):
        assert client.get(f"{one}{below}").headers["Location"] == f"{other}{below}"
    assert failure(client.get(f"{one}/revisions/1")) == (404, "book_not_found")
    for response in (
        client.put(one, headers=librarian, json={"title": "X"}),
        client.patch(one, headers=librarian, json={"title": "X"}),
        client.delete(one, headers=admin),
        client.delete(f"{one}/cover", headers=librarian),
        client.post(f"{one}/reviews", headers=tokens.headers(9), json={"rating": 1}),
        client.post(f"{one}/restore", headers=admin),
        merge(one, other),
    ):
        assert failure(response) == (409, "already_merged")
        assert response.get_json()["error"]["details"] == {"book_id": [f"Merged into {number(other)}."]}
    assert failure(client.post(LIST, headers=member, json={"book_id": number(one)})) == (404, "book_not_found")


def test_undone_merge_leaves_everything_as_it_was(twins, merge, undo, read, session):
    one, other = twins
    before = catalogue(session)
    merged = merge(one, other)
    assert catalogue(session) != before

    undone = undo(merged)

    assert undone.status_code == 200
    assert catalogue(session) == before
    assert (read(one)["version"], read(other)["version"]) == (3, 3)
    assert read(f"{BOOKS}?search=tolkien+lee")[0]["id"] == number(one)
    assert session.execute(text("SELECT count(*) FROM books.merged_rows")).scalar_one() == 0
    assert failure(undo(merged)) == (409, "merge_already_undone")


def test_versions_tell_of_a_merge_and_of_its_undoing(twins, merge, undo, read):
    one, other = twins
    undo(merge(one, other))

    changes = [[(item["change"], item["changed_by"]) for item in read(f"{book}/revisions")] for book in twins]

    assert changes == [
        [("unmerged", 3), ("cover_changed", 1), ("created", 1)],
        [("unmerged", 3), ("merged", 3), ("created", 1)],
    ]
    fields = read(f"{other}/revisions/2")["fields"]
    assert set(fields) == {"isbn", "identifiers", "year", "subjects", "series", "cover"}


def test_what_was_done_since_stays_when_a_merge_is_undone(
    client, twins, merge, undo, read, ratings, listed, librarian, tokens
):
    one, other = twins
    merged = merge(one, other)
    client.patch(other, headers=librarian, json={"year": 1938, "identifiers": [{"scheme": "oclc", "value": "3"}]})
    mine = read(f"{other}/reviews?rating=1")[0]["links"]["self"]
    assert client.patch(mine, headers=tokens.headers(1), json={"rating": 4}).status_code == 200
    theirs = read(f"{other}/reviews?rating=5&sort=id")[0]["links"]["self"]
    assert client.delete(theirs, headers=tokens.headers(2)).status_code == 204

    assert undo(merged).status_code == 200

    assert (read(one)["year"], read(other)["year"], read(other)["isbn"]) == (1937, 1938, None)
    assert [identifier["value"] for identifier in read(other)["identifiers"]] == ["3"]
    assert (ratings(one), ratings(other)) == (({1: 4, 2: 2}, (2, 3.0)), ({5: 5}, (1, 5.0)))


def test_two_isbns_are_two_editions(add, merge):
    one, other = add("T", isbn=ISBN), add("T", isbn=OTHER_ISBN)

    refused = merge(one, other)

    assert failure(refused) == (409, "isbns_differ")
    assert ISBN in str(refused.get_json()["error"]["details"]["into"])


def test_isbn_that_another_book_has_since_keeps_a_merge_from_being_undone(client, merge, undo, add, librarian):
    one, other = add("T", isbn=ISBN), add("T")
    merged = merge(one, other)
    client.patch(other, headers=librarian, json={"isbn": OTHER_ISBN})
    third = add("Third", isbn=ISBN)

    assert failure(undo(merged)) == (409, "isbn_already_taken")
    client.patch(third, headers=librarian, json={"isbn": None})
    assert undo(merged).status_code == 200
    assert client.get(other).get_json()["data"]["isbn"] == OTHER_ISBN


def test_merges_of_merges_lead_to_the_end_and_are_undone_from_there(client, add, merge, undo, review, ratings):
    first, second, third = (add(title) for title in "ABC")
    review(first, 1, 3)
    one, two = merge(first, second), merge(second, third)

    assert [client.get(address).headers["Location"] for address in (first, second)] == [third, third]
    assert ratings(third) == ({1: 3}, (1, 3.0))
    refused = merge(third, first)
    assert failure(refused) == (422, "validation_failed")
    assert f"merged into {number(third)}" in refused.get_json()["error"]["details"]["into"][0]
    assert failure(undo(one)) == (409, "merge_target_gone")
    assert [undo(two).status_code, undo(one).status_code] == [200, 200]
    assert [ratings(address)[0] for address in (first, second, third)] == [{1: 3}, {}, {}]


def test_merge_on_which_a_later_one_builds_is_undone_after_it(add, merge, undo, review, session):
    first, second, into = (add(title) for title in "ABC")
    for rating, address in enumerate((first, second), start=1):
        review(address, 1, rating)
    before = catalogue(session)
    one, two = merge(first, into), merge(second, into)

    refused = undo(one)

    assert failure(refused) == (409, "later_merge_stands")
    assert refused.get_json()["error"]["details"] == {"merges": [str(two.get_json()["data"]["id"])]}
    assert [undo(two).status_code, undo(one).status_code] == [200, 200]
    assert catalogue(session) == before


def test_merge_into_a_book_that_is_deleted_leads_nowhere_until_it_is_restored(
    client, twins, merge, undo, admin, session
):
    one, other = twins
    before = catalogue(session)
    merged = merge(one, other)
    client.delete(other, headers=admin)

    assert failure(client.get(one)) == (404, "book_not_found")
    assert failure(undo(merged)) == (409, "merge_target_gone")
    client.post(f"{other}/restore", headers=admin)
    assert client.get(one).headers["Location"] == other
    assert undo(merged).status_code == 200
    assert catalogue(session) == before


def test_what_a_merge_keeps_ends_with_the_account(client, app, twins, merge, undo, ratings, listed, session):
    one, other = twins
    merged = merge(one, other)
    for sequence, user_id in enumerate((1, 2), start=1):
        event = AccountEvent(f"{sequence:032}", 1, user_id, DELETED, {}, AT)
        assert apply_event(session, event) == APPLIED
    kept = "SELECT count(*) FROM books.merged_rows WHERE user_id IS NOT NULL"
    assert session.execute(text(kept)).scalar_one() == 0
    assert session.execute(text("SELECT added_by FROM books.merges")).scalar_one() is None

    assert undo(merged).status_code == 200

    assert (ratings(one), ratings(other)) == (({}, (0, None)), ({5: 5}, (1, 5.0)))
    assert client.get(one).get_json()["data"]["created_by"] is None


def test_merge_that_is_repeated_with_its_key_gets_the_same_answer(client, add, librarian):
    one, other = add("A"), add("B")
    request = {"headers": {**librarian, "Idempotency-Key": "one"}, "json": {"into": number(other)}}

    answers = [client.post(f"{one}/merge", **request) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()


@pytest.mark.parametrize("body", [{"into": 999}, {"into": "2"}, {"into": None}, {}, {"into": 1, "x": 1}])
def test_merge_into_nothing_is_refused(client, add, librarian, body):
    assert failure(client.post(f"{add('A')}/merge", headers=librarian, json=body)) == (422, "validation_failed")


def test_book_is_not_merged_into_itself_nor_is_nothing_merged(add, merge):
    book = add("A")

    assert failure(merge(book, book)) == (422, "validation_failed")
    assert failure(merge(f"{BOOKS}/999", book)) == (404, "book_not_found")


def test_merges_of_books_are_listed_beside_those_of_authors(client, twins, merge, librarian, member):
    merged = merge(*twins)
    authors = [book["links"]["self"] for book in client.get("/api/v1/authors?sort=name").get_json()["data"]]
    of_authors = merge(*authors[:2])

    def listed(query=""):
        return client.get(f"{MERGES}{query}", headers=librarian).get_json()["data"]

    assert [item["kind"] for item in listed()] == ["author", "book"]
    (shown,) = listed("?kind=book")
    assert (shown["source"]["name"], shown["into"]["name"]) == ("The Hobbit", "Hobbit")
    assert (shown["books_count"], shown["links"]["source"]) == (None, twins[0])
    assert merged.get_json()["data"] == shown
    assert of_authors.status_code == 201
    assert failure(client.post(f"{twins[1]}/merge", headers=member, json={"into": 1})) == (403, "insufficient_scope")
