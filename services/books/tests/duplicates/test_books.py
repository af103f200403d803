"""Suggestions of books that may be one."""

from __future__ import annotations

import pytest

DUPLICATES = "/api/v1/books/duplicates"
ISBNS = ("9780141439518", "9780140430721", "9780061120084")


def test_twin_without_an_isbn_is_suggested_into_the_one_that_has_it(make_book, suggested):
    known = make_book("Pride and Prejudice", "Jane Austen", isbn=ISBNS[0], year=1813)
    twin = make_book("PRIDE & Prejudice", "Jane Austen", year=1813)
    close = make_book("Pride and prejudice.", "Austen, Jane", year=1813)
    make_book("Pride and Prejudice", "Somebody Else")

    (suggestion,) = suggested("books")

    assert (suggestion["source"]["id"], suggestion["into"]["id"]) == (close, known)
    assert suggestion["reasons"] == ["same_title", "similar_author", "isbn_missing", "same_year"]
    assert (suggestion["score"], suggestion["doubts"]) == (80, [])
    assert suggestion["links"]["merge"] == f"/api/v1/books/{close}/merge"
    assert suggested("books", book_id=close) == suggested("books", book_id=known) == [suggestion]
    assert suggested("books", book_id=twin) == []


@pytest.mark.parametrize(
    ("one", "other", "score", "doubts"),
    [
        ({}, {}, 85, []),
        ({"isbn": ISBNS[0]}, {"isbn": ISBNS[1]}, 65, ["isbns_differ"]),
        ({"isbn": ISBNS[0], "year": 1990}, {"isbn": ISBNS[1], "year": 2000}, 55, ["isbns_differ", "years_differ"]),
        ({"language": "en"}, {"language": "de"}, 55, ["languages_differ"]),
        (
            {"series_name": "S", "series_number": "1"},
            {"series_name": "S", "series_number": "2"},
            45,
            ["series_numbers_differ"],
        ),
        ({"page_count": 100}, {"page_count": 100}, 90, []),
        ({"subtitle": "A Life"}, {}, 65, []),
        ({"subtitle": "A Life"}, {"subtitle": "A Death"}, 45, ["subtitles_differ"]),
        ({"identifiers": ["oclc:1"]}, {"identifiers": ["oclc:1"]}, 100, []),
    ],
)
def test_editions_are_told_from_duplicates(make_book, suggested, one, other, score, doubts):
    make_book("The Title", "Ann Poe", **one)
    make_book("Title", "Ann Poe", **other)

    (suggestion,) = suggested("books", **{"score.from": 1})

    assert (suggestion["score"], suggestion["doubts"]) == (score, doubts)


def test_known_editions_of_one_work_are_hardly_duplicates(client, make_book, suggested, librarian):
    work_id = client.post("/api/v1/works", json={"title": "T"}, headers=librarian).get_json()["data"]["id"]
    for isbn in ISBNS:
        make_book("Title", "Ann", isbn=isbn, work_id=work_id)

    assert suggested("books") == []
    assert len(suggested("books", **{"score.from": 20})) == 3


def test_shared_identifier_is_enough(make_book, suggested):
    make_book("Faust", "Goethe", identifiers=["oclc:1", "lccn:2"])
    make_book("Urfaust", "Johann Wolfgang von Goethe", identifiers=["oclc:1"])

    (suggestion,) = suggested("books", **{"score.from": 20})

    assert suggestion["reasons"] == ["shared_identifier", "isbn_missing"]
    assert (suggestion["score"], suggestion["doubts"]) == (30, ["authors_differ"])


def test_titles_of_signs_alone_are_not_alike(make_book, suggested):
    make_book("?!", "Ann")
    make_book("...", "Ann")

    assert suggested("books", **{"score.from": 1}) == []


def test_unknown_book_and_unusable_queries(client, librarian, member):
    missing = client.get(f"{DUPLICATES}?book_id=999999999", headers=librarian)
    assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "book_not_found")
    assert client.get(f"{DUPLICATES}?author_id=1", headers=librarian).status_code == 422
    assert client.get(DUPLICATES, headers=member).status_code == 403
