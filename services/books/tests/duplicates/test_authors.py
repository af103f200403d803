"""Suggestions of authors who may be one."""

from __future__ import annotations

import pytest

DUPLICATES = "/api/v1/authors/duplicates"


def pairs(suggestions):
    return {(one["source"]["name"], one["into"]["name"]) for one in suggestions}


def test_two_spellings_are_suggested_once_and_the_one_with_more_books_stays(make_book, add_author, suggested):
    make_book("Stone", "J.K. Rowling")
    make_book("Goblet", "J.K. Rowling")
    make_book("Crimes", "J. K. Rowling")
    add_author("J. R. Ward")

    (suggestion,) = suggested("authors")

    source, into = suggestion["source"], suggestion["into"]
    assert (source["name"], source["books_count"]) == ("J. K. Rowling", 1)
    assert (into["name"], into["books_count"]) == ("J.K. Rowling", 2)
    assert (suggestion["score"], suggestion["reasons"], suggestion["doubts"]) == (95, ["same_letters"], [])
    assert suggestion["links"]["merge"] == f"/api/v1/authors/{source['id']}/merge"
    for author in (source, into):
        assert suggested("authors", author_id=author["id"]) == [suggestion]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Rowling, J.K.", "J. K. Rowling", "same_letters"),
        ("Kurt Vonnegut", "Kurt Vonnegut, Jr.", "same_letters"),
        ("Мариам Петросян", "Петросян Мариам", "other_word_order"),
        ("Gustaf Tenggren", "Gustav Tenggren", "similar_spelling"),
        ("Leo Tolstoy", "Leo Tolstoi", "similar_spelling"),
        ("Iain Banks", "Iain M. Banks", "given_names_fit"),
        ("J.R.R. Tolkien", "John Ronald Reuel Tolkien", "initials_fit"),
    ],
)
def test_names_written_in_two_ways_are_found(add_author, suggested, one, other, reason):
    ids = {add_author(one), add_author(other)}

    (suggestion,) = suggested("authors")

    assert {suggestion["source"]["id"], suggestion["into"]["id"]} == ids
    assert suggestion["reasons"] == [reason]


def test_variants_are_compared_too(add_author, suggested):
    add_author("Mark Twain", variants=["Samuel Clemens"])
    add_author("Samuel L. Clemens")

    assert pairs(suggested("authors")) == {("Samuel L. Clemens", "Mark Twain")}


def test_shared_identifier_is_enough_and_others_raise_doubts(add_author, suggested):
    add_author("Mark Twain", identifiers=["viaf:50566653", "wikidata:Q7245"])
    add_author("Samuel Clemens", identifiers=["viaf:50566653"])
    add_author("Ann Other", identifiers=["viaf:1"], born=1900)
    add_author("Ann M. Other", identifiers=["viaf:2"], born=1950)

    first, second = suggested("authors", **{"score.from": 1})

    assert (first["score"], first["reasons"]) == (95, ["shared_identifier"])
    assert (second["score"], second["reasons"]) == (15, ["given_names_fit"])
    assert second["doubts"] == ["identifiers_differ", "life_dates_differ"]
    assert len(suggested("authors")) == 1


def test_doubts_are_told_and_lower_the_score(make_book, add_author, suggested):
    make_book("Both", "Edwin Curley", "Edwin M. Curley")
    add_author("Sam Gray Sr.", born=1900)
    add_author("Sam Gray Jr.", born=1900)

    scores = {one["into"]["name"]: (one["score"], one["doubts"]) for one in suggested("authors")}

    assert scores == {"Edwin Curley": (65, ["named_together"]), "Sam Gray Sr.": (85, ["suffix_differs"])}


def test_pair_whose_merge_was_undone_is_left_out(client, add_author, suggested, librarian):
    one, other, third = add_author("J.K. Rowling"), add_author("J. K. Rowling"), add_author("J K Rowling")
    merged = client.post(f"/api/v1/authors/{other}/merge", json={"into": one}, headers=librarian)
    assert pairs(suggested("authors")) == {("J K Rowling", "J.K. Rowling")}

    client.post(f"{merged.headers['Location']}/undo", headers=librarian)

    assert {one["source"]["id"] for one in suggested("authors")} == {third}
    assert pairs(suggested("authors")) == {("J K Rowling", "J.K. Rowling"), ("J K Rowling", "J. K. Rowling")}


def test_walk_meets_every_pair_once(client, add_author, librarian, monkeypatch):
    monkeypatch.setattr("books_service.duplicates.queries.RECORDS_A_PAGE", 3)
    for number in range(4):
        for written in ("Ann {} Poe", "Ann. {} Poe"):
            add_author(written.format("abcd"[number] * 5))
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        answer = client.get(DUPLICATES, query_string={"cursor": cursor} if cursor else {}, headers=librarian).get_json()
        found += answer["data"]
        cursor, pages = answer["pagination"]["next_cursor"], pages + 1

    assert pages == 3
    assert len(found) == 4
    assert len({one["into"]["id"] for one in found}) == 4


def test_neighbours_of_a_common_name_are_bounded(add_author, suggested):
    for initial in "abcdefghijklmnopqrstuvwxyz":
        add_author(f"John {initial}. Smith")

    found = suggested("authors", author_id=add_author("John Smith"))

    # Ten on one side in the order of letters, and those from John S. Smith on upon the other.
    assert len(found) == 10 + len("stuvwxyz")


@pytest.mark.parametrize("query", ["author_id=0", "author_id=x", "score.from=101", "score.from=0", "sort=name"])
def test_unusable_query_is_unprocessable(client, librarian, query):
    assert client.get(f"{DUPLICATES}?{query}", headers=librarian).status_code == 422


def test_cursor_of_another_walk_or_for_one_author_is_refused(client, add_author, librarian):
    author_id = add_author("Ann")
    for query, code in (("cursor=abc", "cursor_invalid"), (f"cursor=abc&author_id={author_id}", "validation_failed")):
        refused = client.get(f"{DUPLICATES}?{query}", headers=librarian)
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, code)
        assert list(refused.get_json()["error"]["details"]) == ["cursor"]


def test_author_who_is_not_there_is_not_found(client, librarian):
    refused = client.get(f"{DUPLICATES}?author_id=999999999", headers=librarian)

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (404, "author_not_found")


def test_suggestions_are_for_those_who_merge(client, member):
    assert client.get(DUPLICATES).status_code == 401
    assert client.get(DUPLICATES, headers=member).status_code == 403
