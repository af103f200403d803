"""What a request asks for of the contributors, compared with what a book has."""

from __future__ import annotations

import pytest

from books_service.books.contributors import (
    Contributor,
    ContributorsContradict,
    display_author,
    repeated,
    wanted_contributors,
)

ANN, BEN, EVE = Contributor("Ann"), Contributor("Ben"), Contributor("Eve", "translator")


def test_display_author_names_the_authors_in_order():
    assert display_author([BEN, EVE, ANN]) == "Ben, Ann"


def test_display_author_of_a_book_without_authors_names_the_contributors():
    assert display_author([EVE]) == "Eve"
    assert display_author([]) is None


def test_nobody_is_repeated_in_another_role():
    assert repeated([ANN, Contributor("Ann", "editor")]) is None
    assert repeated([ANN, BEN, Contributor("ANN")]) == 2


@pytest.mark.parametrize(
    ("author", "authors"),
    [
        ("Ann, Ben", None),
        ("ann,  ben", None),
        ("Ann, Ben", [ANN, BEN, EVE]),
        ("Ann, Ben", [Contributor("ANN"), BEN, EVE]),
    ],
)
def test_what_the_book_shows_asks_for_no_change(author, authors):
    assert wanted_contributors(author, authors, [ANN, BEN, EVE], author_given=True) is None


def test_absent_fields_ask_for_no_change():
    assert wanted_contributors(None, None, [ANN], author_given=False) is None


def test_another_author_alone_replaces_all_by_one_name():
    assert wanted_contributors("Dan", None, [ANN, EVE], author_given=True) == [Contributor("Dan")]


def test_no_author_alone_removes_all():
    assert wanted_contributors(None, None, [ANN], author_given=True) == []


def test_shown_author_beside_new_authors_changes_nothing_itself():
    assert wanted_contributors("Ann", [BEN], [ANN], author_given=True) == [BEN]


def test_author_who_says_the_same_as_new_authors_is_fine():
    assert wanted_contributors("Ben, Ann", [BEN, ANN], [EVE], author_given=True) == [BEN, ANN]


@pytest.mark.parametrize(("author", "authors"), [("Dan", [ANN]), ("Ann", [ANN, BEN]), (None, [ANN]), ("Dan", [])])
def test_author_who_contradicts_authors_is_refused(author, authors):
    with pytest.raises(ContributorsContradict):
        wanted_contributors(author, authors, [EVE], author_given=True)


def test_another_order_is_a_change():
    assert wanted_contributors(None, [BEN, ANN], [ANN, BEN], author_given=False) == [BEN, ANN]
