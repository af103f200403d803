"""Series in files: at the end of titles, as goodbooks-10k has them, and in columns."""

from __future__ import annotations

import pytest

from books_service.imports.row_series import split_title


@pytest.mark.parametrize(
    ("title", "shorter", "name", "number", "others"),
    [
        ("The Hunger Games (The Hunger Games, #1)", "The Hunger Games", "The Hunger Games", "1", ""),
        ("I, Robot (Robot #0.1)", "I, Robot", "Robot", "0.1", ""),
        ("Mort (Death, #1; Discworld, #4)", "Mort", "Death", "1", "Discworld, #4"),
        ("Night Play (Dark-Hunter #5, Were-Hunter #1)", "Night Play", "Dark-Hunter", "5", "Were-Hunter #1"),
        ("Raising Steam (Discworld, #40, Moist #3 )", "Raising Steam", "Discworld", "40", "Moist #3"),
        ("Guilty (Anita Blake, Vampire Hunter, #1)", "Guilty", "Anita Blake, Vampire Hunter", "1", ""),
        ("Omnibus (The Lord of the Rings, #1-3)", "Omnibus", "The Lord of the Rings", "1-3", ""),
        ("The Oedipus Cycle (The Theban Plays, #1\u20133)", "The Oedipus Cycle", "The Theban Plays", "1-3", ""),
        ("Four (Divergent, #0.1 - 0.4)", "Four", "Divergent", "0.1-0.4", ""),
        ("The Twilight Saga (Twilight, #1-4 + 3.5)", "The Twilight Saga", "Twilight", "1-4 + 3.5", ""),
        ("A Touch of Dead (Sookie, #4.1, #4.3, #5.1)", "A Touch of Dead", "Sookie", "4.1, 4.3, 5.1", ""),
        ("Happily Ever After (The Selection, #0.4, 0.5)", "Happily Ever After", "The Selection", "0.4, 0.5", ""),
        ("Steel (A Song, #3: Part 1 of 2)", "Steel", "A Song", "3: Part 1 of 2", ""),
        ("Tower (Memory, Sorrow, and Thorn, #3; Part 1)", "Tower", "Memory, Sorrow, and Thorn", "3; Part 1", ""),
        ("Ranma \u00bd, Vol. 1 (Ranma \u00bd (US 2nd), #1)", "Ranma \u00bd, Vol. 1", "Ranma \u00bd (US 2nd)", "1", ""),
        ("Kiss (Includes: Immortals, #8; Huntress, #3.5)", "Kiss", "Immortals", "8", "Huntress, #3.5"),
        ("Judy Moody (Judy Moody, # 1)", "Judy Moody", "Judy Moody", "1", ""),
        ("1Q84 #1-2 (1Q84, #1-2)", "1Q84 #1-2", "1Q84", "1-2", ""),
        ("Fiction (A, #1; 39 Clues, #2)", "Fiction", "A", "1", "39 Clues, #2"),
    ],
)  # fmt: skip
def test_title_that_ends_in_its_series_is_split(title, shorter, name, number, others):
    found, series = split_title(title)

    assert (found, series.name, series.number, series.others) == (shorter, name, number, others)


@pytest.mark.parametrize(
    "title",
    [
        "Dune",
        "I Am America (And So Can You!)",
        "The Force Awakens (Star Wars)",
        "Saga #1",
        "#GIRLBOSS",
        "(Series, #1)",
        "T (#1)",
        "T (, #1)",
        "T (Series, #one)",
        "T (Series, #1st)",
        "T (Series, #1) and more",
        "T Series, #1)",
        ")",
        "",
    ],
)
def test_any_other_title_stays_as_it_is(title):
    assert split_title(title) == (title, None)


def test_row_of_goodbooks_gives_title_series_and_what_was_left_out(row_of, told):
    row = row_of(title="Mort  (Death, #1; Discworld, #4)", title_holds_series=True)

    assert row.values == {
        "title": "Mort",
        "series_name": "Death",
        "series_number": "1",
        "series_key": "death\x1f000001.000",
    }
    assert told(row.findings) == ["series left out: a book has one series"]
    plain = row_of(title="Dune", title_holds_series=True)
    assert {name: value for name, value in plain.values.items() if value is not None} == {"title": "Dune"}
    assert set(plain.values) == set(row.values)


@pytest.mark.parametrize(
    ("cells", "name", "number", "said"),
    [
        ({"series": " The  Expanse", "series_number": "2.0"}, "The Expanse", "2", []),
        ({"series": "The Expanse", "series_number": ""}, "The Expanse", None, []),
        ({"series": "The Expanse"}, "The Expanse", None, []),
        ({"series": "", "series_number": "1"}, None, None, ["series_number left out: a number without a series"]),
        ({"series_number": "1"}, None, None, ["series_number left out: a number without a series"]),
        ({"series": "x" * 201}, None, None, ["series left out: longer than 200 characters"]),
        (
            {"series": "S", "series_number": "x" * 31},
            "S",
            None,
            ["series_number left out: longer than 30 characters"],
        ),
        ({"series": "a\x07"}, None, None, ["series left out: control characters"]),
    ],
)
def test_columns_of_a_series_are_read(row_of, told, cells, name, number, said):
    row = row_of(title="T (Not, #7)", **cells)

    assert row.values["title"] == "T (Not, #7)"
    assert (row.values["series_name"], row.values["series_number"]) == (name, number)
    assert told(row.findings) == said
