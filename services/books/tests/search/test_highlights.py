"""What of a book is shown as the answer to a search."""

from __future__ import annotations

import pytest

from books_service.search.highlights import ELLIPSIS, highlights
from books_service.search.query import parse

BOOKS = "/api/v1/books"


def marked(text, **values):
    book = {
        "title": "T", "subtitle": None, "series_name": None, "contributors": [], "publisher": None, "subjects": [],
        "description": None, **values,
    }  # fmt: skip
    return highlights(parse(text), book)


@pytest.mark.parametrize(
    ("search", "title", "expected"),
    [
        ("miserables", "Les Mis\u00e9rables", "Les <mark>Mis\u00e9rables</mark>"),
        ("STRASSE", "Die Stra\u00dfe!", "Die <mark>Stra\u00dfe</mark>!"),
        ("aesop", "\u00c6sop", "<mark>\u00c6sop</mark>"),
        ("catch22", "Catch-22, again", "<mark>Catch-22</mark>, again"),
        ("catch-22", "Catch 22", "<mark>Catch</mark> <mark>22</mark>"),
        ("endless", "Ender's End", None),
        ("enders", "Ender\u2019s Game", "<mark>Ender\u2019s</mark> Game"),
        ("ender", "Ender's Game", "<mark>Ender&#x27;s</mark> Game"),
        ("hob*", "The Hobbit", "The <mark>Hobbit</mark>"),
        ("the -hobbit", "The Hobbit", "<mark>The</mark> Hobbit"),
        ('"of the"', "The End of the Affair of", "The End <mark>of</mark> <mark>the</mark> Affair of"),
        ("author:king", "King", None),
        ("title:king", "King", "<mark>King</mark>"),
        ("script", "<script>&'\"", "&lt;<mark>script</mark>&gt;&amp;&#x27;&quot;"),
        ("mark", "<mark>", "&lt;<mark>mark</mark>&gt;"),
        ("\u65e5\u672c", "\u65e5\u672c\u8a9e", "<mark>\u65e5\u672c</mark>\u8a9e"),
        ("year:1990", "Year 1990", None),
    ],
)
def test_the_words_of_the_search_are_marked_and_all_else_is_escaped(search, title, expected):
    assert marked(search, title=title).get("title") == expected


def test_every_text_that_holds_a_word_is_shown():
    shown = marked(
        "king", title="A King", subtitle="Kings", series_name="King", publisher="King & Co", subjects=["war", "king"],
        contributors=[{"name": "Ann"}, {"name": "B. King"}], description="No kin.",
    )  # fmt: skip

    assert shown == {
        "title": "A <mark>King</mark>",
        "series": "<mark>King</mark>",
        "authors": "Ann, B. <mark>King</mark>",
        "publisher": "<mark>King</mark> &amp; Co",
        "subjects": "war, <mark>king</mark>",
    }


def test_of_a_description_the_part_around_the_first_word_is_shown():
    shown = marked("needle", description="hay " * 300 + "needle " + "straw " * 300)["description"]

    assert shown.startswith(f"{ELLIPSIS}hay")
    assert shown.endswith(f"straw{ELLIPSIS}")
    assert "hay <mark>needle</mark> straw" in shown
    assert len(shown) < 280


def test_books_of_a_search_show_highlights_on_request_also_beside_chosen_fields(client, make_book):
    make_book("Les Mis\u00e9rables", "Victor Hugo")

    def members(query):
        return client.get(f"{BOOKS}?{query}").get_json()["data"][0]

    assert members("search=miserables&highlights=true&fields=id").keys() == {"id", "highlights"}
    assert members("search=hugo&highlights=true&sort=title")["highlights"] == {"authors": "Victor <mark>Hugo</mark>"}
    assert members("search=miserbles&highlights=1")["highlights"] == {"title": "Les <mark>Mis\u00e9rables</mark>"}
    assert "highlights" not in members("search=miserables")
    assert "highlights" not in members("highlights=true")
