"""Which row gets an ISBN that several name."""

from __future__ import annotations

from books_service.imports.isbn_claims import IN_CATALOGUE, IN_SOURCE, settle_isbns
from books_service.imports.queries import IsbnOwner

ISBN = "9780439023481"


def row(row_of, key, title="The Hunger Games", isbn=ISBN):
    return row_of(key=key, title=title, isbn=isbn)


def reasons(claims):
    return {key: finding.reason for key, finding in claims.findings.items()}


def test_first_of_two_new_rows_gets_the_isbn(row_of):
    claims = settle_isbns([row(row_of, "1"), row(row_of, "2")], {}, {})

    assert claims.isbns == {"key:1": ISBN, "key:2": None}
    assert reasons(claims) == {"key:2": IN_SOURCE}


def test_rows_without_isbn_claim_nothing(row_of):
    claims = settle_isbns([row(row_of, "1", isbn=""), row_of(title="T", key="2")], {}, {})

    assert set(claims.isbns.values()) == {None}
    assert claims.findings == {}


def test_row_keeps_the_isbn_of_its_own_book(row_of):
    claims = settle_isbns([row(row_of, "1")], {"key:1": 7}, {ISBN: IsbnOwner(7, "another title", True)})

    assert claims.isbns == {"key:1": ISBN}


def test_isbn_of_another_row_of_the_source_stays_there(row_of):
    claims = settle_isbns([row(row_of, "1")], {}, {ISBN: IsbnOwner(7, "the hunger games", True)})

    assert claims.isbns == {"key:1": None}
    assert reasons(claims) == {"key:1": IN_SOURCE}


def test_new_row_is_the_book_that_has_its_isbn_and_a_like_title(row_of):
    title = "The Hunger Games (The Hunger Games, #1)"
    claims = settle_isbns([row(row_of, "1", title)], {}, {ISBN: IsbnOwner(7, "the hunger games", False)})

    assert claims.matches == {"key:1": 7}
    assert claims.findings == {}


def test_second_row_that_is_the_same_book_becomes_one_of_its_own(row_of):
    claims = settle_isbns([row(row_of, "1"), row(row_of, "2")], {}, {ISBN: IsbnOwner(7, "the hunger games", False)})

    assert claims.matches == {"key:1": 7}
    assert reasons(claims) == {"key:2": IN_CATALOGUE}


def test_new_row_of_another_title_does_not_take_the_isbn(row_of):
    claims = settle_isbns([row(row_of, "1")], {}, {ISBN: IsbnOwner(7, "something else", False)})

    assert (claims.matches, claims.isbns) == ({}, {"key:1": None})
    assert reasons(claims) == {"key:1": IN_CATALOGUE}


def test_changed_row_does_not_become_another_book(row_of):
    claims = settle_isbns([row(row_of, "1")], {"key:1": 3}, {ISBN: IsbnOwner(7, "the hunger games", False)})

    assert claims.matches == {}
    assert reasons(claims) == {"key:1": IN_CATALOGUE}
