"""The series of books and their identifiers: in, out, found and in order."""

from __future__ import annotations

import pytest

from books_service.books.series import series_key

BOOKS = "/api/v1/books"


@pytest.fixture(name="create")
def _create(client, member):
    def create(**body):
        response = client.post(BOOKS, headers=member, json={"title": "T", **body})
        assert response.status_code == 201, response.get_json()
        return response.get_json()["data"]

    return create


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"name": " The  Expanse ", "number": "1"}, {"name": "The Expanse", "number": "1"}),
        ({"name": "The Expanse", "number": 1}, {"name": "The Expanse", "number": "1"}),
        ({"name": "The Expanse", "number": 2.5}, {"name": "The Expanse", "number": "2.5"}),
        ({"name": "The Expanse", "number": "1-3"}, {"name": "The Expanse", "number": "1-3"}),
        ({"name": "The Expanse"}, {"name": "The Expanse", "number": None}),
        ({"name": "The Expanse", "number": " "}, {"name": "The Expanse", "number": None}),
        ("The Expanse", {"name": "The Expanse", "number": None}),
        ("", None),
        ({"name": ""}, None),
        ({"name": None, "number": None}, None),
        (None, None),
    ],
)
def test_series_is_a_name_or_name_and_number(create, given, shown):
    assert create(series=given)["series"] == shown


def test_series_is_changed_member_by_member_and_cleared_by_null(client, member, create):
    address = create(series={"name": "Dune", "number": 2})["links"]["self"]

    def series_after(body):
        response = client.patch(address, headers=member, json={"series": body})
        assert response.status_code == 200, response.get_json()
        return response.get_json()["data"]["series"]

    assert series_after({"number": 3}) == {"name": "Dune", "number": "3"}
    assert series_after({"name": "Dune Chronicles"}) == {"name": "Dune Chronicles", "number": "3"}
    assert series_after({"number": None}) == {"name": "Dune Chronicles", "number": None}
    assert series_after({"number": 1}) == {"name": "Dune Chronicles", "number": "1"}
    assert series_after("Dune") == {"name": "Dune", "number": None}
    assert series_after(None) is None
    assert client.patch(address, headers=member, json={"series": {"number": 1}}).status_code == 422


def test_what_was_read_can_be_sent_back_and_changes_nothing(client, member, create):
    book = create(series={"name": "Dune", "number": 1}, identifiers=["oclc:1", "doi:10.1000/ABC"])

    response = client.put(book["links"]["self"], headers=member, json=book)

    assert response.get_json()["data"] == book


def test_identifiers_are_normalised_told_once_and_found_in_any_spelling(client, member, create):
    book = create(
        identifiers=[
            {"scheme": "OCLC", "value": "(OCoLC)ocm00001234"},
            "oclc:1234",
            "doi:https://doi.org/10.1000/ABC",
            "lccn:n78-89035",
            "goodreads:42",
        ]
    )
    create(identifiers=["oclc:12345"])

    assert book["identifiers"] == [
        {"scheme": "oclc", "value": "1234"},
        {"scheme": "doi", "value": "10.1000/abc"},
        {"scheme": "lccn", "value": "n78089035"},
        {"scheme": "goodreads", "value": "42"},
    ]
    for written in ("oclc:1234", "OCLC:ocm0001234", "doi:10.1000/Abc", "lccn:n78089035", "goodreads:42"):
        found = client.get(BOOKS, query_string={"identifier": written}).get_json()["data"]
        assert [other["id"] for other in found] == [book["id"]], written
    response = client.patch(book["links"]["self"], headers=member, json={"identifiers": None})
    assert response.get_json()["data"]["identifiers"] == []
    assert client.get(f"{BOOKS}?identifier=oclc:1234").get_json()["data"] == []


def test_books_of_a_series_are_found_by_its_whole_name_and_read_in_order(client, create):
    for number in ("10", "2", "1-3", "1.5", "Prequel", None):
        create(title=f"No. {number}", series={"name": "L'\u00c9pop\u00e9e", "number": number})
    create(title="Other", series={"name": "L'\u00c9pop\u00e9e nouvelle", "number": 1})
    create(title="Earlier", series="A series")
    create(title="None")

    def titles(query):
        return [book["title"] for book in client.get(f"{BOOKS}?{query}").get_json()["data"]]

    assert titles("series=l'epopee&sort=series") == ["No. 1-3", "No. 1.5", "No. 2", "No. 10", "No. Prequel", "No. None"]
    assert titles("sort=series")[0] == "Earlier"
    assert titles("sort=series")[-2:] == ["Other", "None"]
    assert titles("sort=-series")[-1] == "None"
    assert titles("series=l'epo") == []
    assert len(titles("series=")) == 9


@pytest.mark.parametrize("number", [None, "x", "1", "123456789", "1.23456", "\u0661"])
def test_key_of_a_series_sorts_within_its_bounds(number):
    key = series_key("Dune", number)

    assert "dune\x1f" <= key < "dune "
    assert series_key(None, None) is None
