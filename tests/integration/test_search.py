"""Searching and typing, through the gateway, in the bundled classics."""

from __future__ import annotations

import secrets

import pytest
from customer import Customer
from stack import Stack, make

BOOKS = "/api/v1/books"
ODYSSEY = "\u1f48\u03b4\u03cd\u03c3\u03c3\u03b5\u03b9\u03b1"


@pytest.fixture(scope="module", name="_classics")
def _classics_loaded(stack: Stack) -> None:
    make("demo")


@pytest.mark.usefixtures("_classics")
@pytest.mark.parametrize(
    ("text", "title", "said"),
    [
        ("lucretius rerum", "De rerum natura", {}),
        ('"bello gallico" author:caesar', "Commentarii de bello Gallico", {}),
        ("metamorfoses ovid", "Metamorphoses", {"corrected_to": "metamorphoses ovid"}),
        ("\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03b9\u03b1 year:..-500", ODYSSEY, {}),
        ("lucretius rerum zzyzx", "De rerum natura", {"relaxed": True}),
    ],
)
def test_a_search_finds_what_is_meant_and_says_how_it_was_read(
    visitor: Customer, text: str, title: str, said: dict[str, object]
) -> None:
    answer = visitor.get(BOOKS, params={"search": text, "highlights": "true", "per_page": 1})

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["data"][0]["title"] == title
    assert body["search"] == {"corrected_to": None, "did_you_mean": None, "relaxed": False, **said}
    assert any("<mark>" in shown for shown in body["data"][0]["highlights"].values())


def test_a_new_book_is_found_and_suggested_at_once_and_gone_when_it_is_deleted(
    visitor: Customer, member: Customer, admin: Customer
) -> None:
    word = "q" + "".join(chr(ord(digit) + 49) for digit in str(secrets.randbelow(10**15)))
    created = member.post(BOOKS, {"title": f"The {word} & <b>Sons</b>", "author": f"Ann {word}o"})
    assert created.status_code == 201, created.text
    book = created.json()["data"]

    (found,) = visitor.get(BOOKS, params={"search": word.upper(), "highlights": "yes", "fields": "id"}).json()["data"]
    assert found == {
        "id": book["id"],
        "highlights": {"title": f"The <mark>{word}</mark> &amp; &lt;b&gt;Sons&lt;/b&gt;"},
    }
    suggested = visitor.get(f"{BOOKS}/suggestions", params={"q": word[:-2]}).json()["data"]["suggestions"]
    assert {(found["kind"], found["links"]["self"]) for found in suggested} == {
        ("title", book["links"]["self"]),
        ("author", book["links"]["authors"][0]),
    }

    assert admin.delete(book["links"]["self"]).status_code == 204
    assert visitor.get(BOOKS, params={"search": word}).json()["data"] == []
    assert visitor.get(f"{BOOKS}/suggestions", params={"q": word}).json()["data"] == {"suggestions": []}


@pytest.mark.parametrize("text", ['"', "*", "-", "author:", "a" * 200, "\u0301", "((", "& | ! <-> :*", "'", "\\", "%"])
def test_no_text_is_an_error(visitor: Customer, text: str) -> None:
    for path, name in ((BOOKS, "search"), (f"{BOOKS}/suggestions", "q")):
        answer = visitor.get(path, params={name: text})
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("text", ["a" * 201, "a" * 10_000, "year:2000..1990", "year:x"])
def test_texts_too_long_and_ranges_that_are_none_are_refused(visitor: Customer, text: str) -> None:
    answer = visitor.get(BOOKS, params={"search": text})

    assert answer.status_code in (414, 422), answer.text
    assert answer.json()["error"]["code"] in ("validation_failed", "uri_too_long")
