"""Two authors that are one: merged, asked for by the old id, listed, and two again."""

from __future__ import annotations

import pytest
from sqlalchemy import text

AUTHORS = "/api/v1/authors"
BOOKS = "/api/v1/books"
MERGES = "/api/v1/merges"


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def number(address):
    return int(address.rpartition("/")[2])


@pytest.fixture(name="add")
def _add(client, librarian):
    """Adds an author and returns the address."""

    def add(name, **members):
        response = client.post(AUTHORS, headers=librarian, json={"name": name, **members})
        assert response.status_code == 201, response.get_json()
        return response.headers["Location"]

    return add


def without_trace(shown):
    """Return what a row shows apart from its versions."""
    return {name: value for name, value in shown.items() if name not in {"version", "etag", "updated_at"}}


def catalogue(session):
    """Return everything that a merge may change, apart from versions."""
    written = "to_jsonb(t) - 'version' - 'updated_at' - 'created_at' - 'change' - 'changed_by'"
    return {
        table: session.execute(text(f"SELECT {written} FROM books.{table} t ORDER BY {order}")).scalars().all()
        for table, order in (
            ("authors", "id"),
            ("author_names", "author_id, position"),
            ("books", "id"),
            ("book_authors", "book_id, position"),
        )
    }


@pytest.fixture(name="rowlings")
def _rowlings(add, make_book):
    """Two authors that are one, with books of one, of both and of neither."""
    whole = {"identifiers": ["viaf:116796842"], "born": 1965, "biography": "Writes.", "variants": ["Jo Rowling"]}
    spaced = add("J. K. Rowling", sort_name="Rowling, J. K.", **whole)
    close = add("J.K. Rowling", identifiers=["wikidata:Q34660"], variants=["Joanne Rowling"])
    make_book("Stone", "J. K. Rowling", "Mary GrandPre")
    make_book("Goblet", "J. K. Rowling", "Ann", "J.K. Rowling", "Ben")
    make_book("Crimes", "J.K. Rowling")
    make_book("Other", "Ann")
    return spaced, close


def test_merged_author_is_the_other_one_in_books_names_and_search(client, rowlings, merge, read, librarian):
    spaced, close = rowlings

    merged = merge(spaced, close)

    assert merged.status_code == 201
    assert merged.headers["Location"] == merged.get_json()["data"]["links"]["self"]
    shown = read(close)
    assert (shown["name"], shown["version"], shown["books_count"]) == ("J.K. Rowling", 2, 3)
    assert shown["variants"] == ["Joanne Rowling", "J. K. Rowling", "Jo Rowling"]
    assert [identifier["scheme"] for identifier in shown["identifiers"]] == ["wikidata", "viaf"]
    assert (shown["sort_name"], shown["born"], shown["biography"]) == (None, "1965", "Writes.")
    books = {book["title"]: book for book in read(f"{BOOKS}?sort=title")}
    assert (books["Stone"]["author"], books["Stone"]["version"]) == ("J.K. Rowling, Mary GrandPre", 2)
    assert (books["Goblet"]["author"], books["Goblet"]["version"]) == ("Ann, J.K. Rowling, Ben", 2)
    assert (books["Crimes"]["version"], books["Other"]["version"]) == (1, 1)
    assert {book["title"] for book in read(f"{BOOKS}?search=jo+rowling")} == {"Stone", "Goblet", "Crimes"}
    assert [author["name"] for author in read(f"{AUTHORS}?search=rowling")] == ["J.K. Rowling"]
    new = client.post(BOOKS, headers=librarian, json={"title": "New", "author": "j. k. rowling"}).get_json()["data"]
    assert new["author"] == "J.K. Rowling"


def test_old_id_leads_to_the_other_author_and_is_not_changed_for_it(client, rowlings, merge, librarian, admin):
    spaced, close = rowlings
    merge(spaced, close)

    for method in ("GET", "HEAD"):
        sent_on = client.open(spaced, method=method)
        assert (sent_on.status_code, sent_on.headers["Location"]) == (308, close)
        assert sent_on.headers["Cache-Control"] == "no-cache"
    assert failure(client.get(spaced)) == (308, "merged")
    of_books = client.get(f"{spaced}/books?per_page=1&sort=-title,id")
    assert of_books.headers["Location"] == f"{close}/books?per_page=1&sort=-title%2Cid"
    followed = client.get(f"{spaced}/books?per_page=1", follow_redirects=True)
    assert followed.get_json()["pagination"]["total_items"] == 3
    for response in (
        client.put(spaced, headers=librarian, json={"name": "X"}),
        client.patch(spaced, headers=librarian, json={"name": "X"}),
        client.delete(spaced, headers=admin),
        merge(spaced, close),
    ):
        assert failure(response) == (409, "already_merged")
        assert response.get_json()["error"]["details"] == {"author_id": [f"Merged into {number(close)}."]}


def test_undone_merge_leaves_everything_as_it_was(client, rowlings, merge, undo, read, session):
    spaced, close = rowlings
    before = catalogue(session)
    merged = merge(spaced, close)
    assert catalogue(session) != before

    undone = undo(merged)

    assert undone.status_code == 200
    assert undone.get_json()["data"]["undone_by"] == 3
    assert catalogue(session) == before
    assert (read(spaced)["version"], read(close)["version"]) == (2, 3)
    assert [book["version"] for book in read(f"{BOOKS}?sort=id")] == [3, 3, 1, 1]
    assert failure(undo(merged)) == (409, "merge_already_undone")


def test_versions_tell_of_a_merge_and_of_its_undoing(client, rowlings, merge, undo, read):
    spaced, close = rowlings
    stone, goblet, crimes = (book["links"]["self"] for book in read(f"{BOOKS}?sort=id")[:3])
    merged = merge(spaced, close)

    def changes(address):
        return [(one["change"], one["changed_by"]) for one in read(f"{address}/revisions")]

    assert client.get(f"{spaced}/revisions?per_page=5").headers["Location"] == f"{close}/revisions?per_page=5"
    assert failure(client.get(f"{spaced}/revisions/1")) == (404, "author_not_found")
    undo(merged)

    before = [("unmerged", 3), ("merged", 3), ("created", 3)]
    assert changes(close) == before
    assert changes(spaced) == [before[0], before[2]]
    assert [changes(book) for book in (stone, goblet)] == [[*before[:2], ("created", 1)]] * 2
    assert changes(crimes) == [("created", 1)]
    shown = read(f"{close}/revisions/2")
    assert {change["field"] for change in shown["changes"]} == {"variants", "identifiers", "born", "biography"}


def test_merge_keeps_no_account_that_could_not_be_forgotten(rowlings, merge, session):
    merge(*rowlings)
    assert "changed_by" not in session.execute(text("SELECT kept FROM books.merges")).scalar_one()


def test_what_was_done_since_stays_when_a_merge_is_undone(client, rowlings, merge, undo, read, admin, make_book):
    spaced, close = rowlings
    merged = merge(spaced, close)
    make_book("New", "J. K. Rowling")
    client.patch(read(f"{BOOKS}?title=stone")[0]["links"]["self"], headers=admin, json={"year": 1997})
    changed = {"biography": "Changed.", "variants": ["J. K. Rowling", "Robert Galbraith"]}
    client.patch(close, headers=admin, json=changed)
    assert client.delete(read(f"{BOOKS}?title=goblet")[0]["links"]["self"], headers=admin).status_code == 204

    assert undo(merged).status_code == 200

    assert (read(close)["biography"], read(close)["variants"]) == ("Changed.", ["Robert Galbraith"])
    assert (read(close)["born"], read(spaced)["biography"]) == (None, "Writes.")
    assert read(spaced)["variants"] == ["Jo Rowling"]
    assert [book["year"] for book in read(f"{spaced}/books?sort=title") if book["title"] == "Stone"] == [1997]
    assert read(f"{BOOKS}?title=new")[0]["author"] == "J.K. Rowling"


def test_merges_of_merges_lead_to_the_end_and_are_undone_from_there(client, add, merge, undo, read):
    first, second, third = (add(name) for name in ("A", "B", "C"))
    one, two = merge(first, second), merge(second, third)

    assert [client.get(address).headers["Location"] for address in (first, second)] == [third, third]
    assert read(third)["variants"] == ["B", "A"]
    refused = merge(third, first)
    assert failure(refused) == (422, "validation_failed")
    assert f"merged into {number(third)}" in refused.get_json()["error"]["details"]["into"][0]
    assert failure(undo(one)) == (409, "merge_target_gone")
    assert undo(two).status_code == 200
    assert client.get(first).headers["Location"] == second
    assert undo(one).status_code == 200
    assert [read(address)["variants"] for address in (first, second, third)] == [[], [], []]


def test_merge_into_an_author_who_is_deleted_leads_nowhere(client, add, merge, undo, admin):
    first, second = add("A"), add("B")
    merged = merge(first, second)
    assert client.delete(second, headers=admin).status_code == 204

    assert failure(client.get(first)) == (404, "author_not_found")
    assert failure(client.delete(first, headers=admin)) == (404, "author_not_found")
    assert failure(undo(merged)) == (409, "merge_target_gone")


def test_merge_that_is_repeated_with_its_key_gets_the_same_answer(client, add, librarian):
    first, second = add("A"), add("B")
    request = {"headers": {**librarian, "Idempotency-Key": "one"}, "json": {"into": number(second)}}

    answers = [client.post(f"{first}/merge", **request) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()


@pytest.mark.parametrize("body", [{"into": 999}, {"into": "2"}, {"into": 0}, {"into": None}, {}, {"into": 1, "x": 1}])
def test_merge_into_nobody_is_refused(client, add, librarian, body):
    assert failure(client.post(f"{add('A')}/merge", headers=librarian, json=body)) == (422, "validation_failed")


def test_author_is_not_merged_into_itself_nor_is_nobody_merged(client, add, merge, librarian):
    author = add("A")

    assert failure(merge(author, author)) == (422, "validation_failed")
    assert failure(merge(f"{AUTHORS}/999", author)) == (404, "author_not_found")
    assert failure(client.post(f"{MERGES}/999/undo", headers=librarian)) == (404, "merge_not_found")


def test_more_names_than_an_author_may_have_are_not_merged(add, merge, read):
    first = add("A", variants=[f"a{number}" for number in range(60)])
    second = add("B", variants=[f"b{number}" for number in range(40)])

    assert failure(merge(first, second)) == (409, "too_many_names")
    assert (read(first)["version"], len(read(second)["variants"])) == (1, 40)


def test_merge_whose_books_name_others_since_is_undone_when_they_name_the_author_again(
    client, rowlings, merge, undo, read, librarian, session
):
    spaced, close = rowlings
    merged = merge(spaced, close)
    stone, goblet = (read(f"{BOOKS}?title={title}")[0]["links"]["self"] for title in ("stone", "goblet"))
    client.patch(stone, headers=librarian, json={"authors": ["Mary GrandPre"]})
    client.patch(goblet, headers=librarian, json={"authors": ["J.K. Rowling", "Ann", "Cid", "Ben"]})
    then = catalogue(session)

    refused = undo(merged)

    assert failure(refused) == (409, "merged_books_changed")
    assert refused.get_json()["error"]["details"] == {"books": [str(number(stone))]}
    assert catalogue(session) == then
    assert client.get(spaced).status_code == 308
    client.patch(stone, headers=librarian, json={"authors": ["Mary GrandPre", "J.K. Rowling"]})
    assert undo(merged).status_code == 200
    assert read(stone)["author"] == "Mary GrandPre, J. K. Rowling"
    assert read(goblet)["author"] == "J. K. Rowling, J.K. Rowling, Ann, Cid, Ben"


def test_names_that_are_in_use_since_keep_a_merge_from_being_undone(client, add, merge, undo, librarian):
    first, second = add("A", variants=["AA"]), add("B")
    merged = merge(first, second)

    client.patch(second, headers=librarian, json={"name": "AA"})
    assert failure(undo(merged)) == (409, "merged_name_shown")
    client.patch(second, headers=librarian, json={"name": "B", "variants": ["A"]})
    other = add("aa")
    assert failure(undo(merged)) == (409, "author_name_taken")
    client.patch(other, headers=librarian, json={"name": "Other"})
    assert undo(merged).status_code == 200


def test_merge_on_which_a_later_one_builds_is_undone_after_it(add, merge, undo, make_book, session):
    first, second, into = (add(name) for name in ("A", "B", "C"))
    make_book("Both", "A", "B")
    before = catalogue(session)
    one, two = merge(first, into), merge(second, into)

    refused = undo(one)

    assert failure(refused) == (409, "later_merge_stands")
    assert refused.get_json()["error"]["details"] == {"merges": [str(two.get_json()["data"]["id"])]}
    assert [undo(two).status_code, undo(one).status_code] == [200, 200]
    assert catalogue(session) == before


def test_merges_are_listed_for_curators(client, rowlings, merge, undo, librarian, member, add):
    spaced, close = rowlings
    merged, other = merge(spaced, close), merge(add("A"), add("B"))
    undo(other)

    def listed(query=""):
        return [item["id"] for item in client.get(f"{MERGES}{query}", headers=librarian).get_json()["data"]]

    ids = [answer.get_json()["data"]["id"] for answer in (other, merged)]
    assert listed() == ids
    assert (listed("?undone=true"), listed("?undone=no"), listed(f"?into_id={number(close)}")) == (
        ids[:1],
        ids[1:],
        ids[1:],
    )
    shown = client.get(merged.headers["Location"], headers=librarian).get_json()["data"]
    assert (shown["source"]["name"], shown["into"]["name"]) == ("J. K. Rowling", "J.K. Rowling")
    assert (shown["books_count"], shown["merged_by"], shown["undone_at"]) == (2, 3, None)
    first = client.get(f"{MERGES}?per_page=1", headers=librarian).get_json()
    assert listed(f"?per_page=1&cursor={first['pagination']['next_cursor']}") == ids[1:]
    for headers, expected in (({}, (401, "token_missing")), (member, (403, "insufficient_scope"))):
        assert failure(client.get(MERGES, headers=headers)) == expected
        assert failure(client.post(f"{spaced}/merge", headers=headers, json={"into": 1})) == expected
        assert failure(client.post(f"{merged.headers['Location']}/undo", headers=headers)) == expected
