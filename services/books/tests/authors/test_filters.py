"""Filters of the list of authors, and the fields of one."""

from __future__ import annotations

from urllib.parse import quote

import pytest

AUTHORS = "/api/v1/authors"


@pytest.fixture(name="authors")
def _authors(client, librarian):
    for author in (
        {
            "name": "Homer",
            "born": "-0750~",
            "variants": ["Omero"],
            "identifiers": ["viaf:1"],
            "biography": "Blind?",
        },
        {"name": "\u00c9mile Zola", "sort_name": "Zola, \u00c9mile", "born": "1840-04-02", "died": "1902-09-29"},
        {"name": "Ursula K. Le Guin", "born": "1929", "died": "2018"},
    ):
        assert client.post(AUTHORS, json=author, headers=librarian).status_code == 201


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=ola", "\u00c9"),
        ("name.eq=omero", "H"),
        ("name.eq=omer", ""),
        ("name.in=homer,emile zola", "H\u00c9"),
        ("name.prefix=ome", "H"),
        ("sort_name.prefix=z", "\u00c9"),
        ("sort_name.null=true", "HU"),
        ("born=1929", "U"),
        ("born=1840-4-2", None),
        ("born.from=-800&born.to=1900", "H\u00c9"),
        ("died.from=1902&died.to=2018", "\u00c9U"),
        ("died.null=true", "H"),
        ("identifier=viaf:1", "H"),
        ("identifier.null=true", "\u00c9U"),
        ("biography.null=false", "H"),
        ("created_at.to=2001-01-01", ""),
        ("search=emile&name=homer", ""),
    ],
)
def test_operators_find_what_they_say(client, authors, query, expected):
    answer = client.get(f"{AUTHORS}?{quote(query, safe='=&')}&sort=id")
    if expected is None:
        assert answer.status_code == 422
        return

    assert answer.status_code == 200, answer.get_json()
    assert "".join(author["name"][0] for author in answer.get_json()["data"]) == expected


def test_ids_find_authors_and_fields_show_nothing_else(client, authors):
    ids = [author["id"] for author in client.get(f"{AUTHORS}?sort=id&fields=id").get_json()["data"]]
    found = client.get(f"{AUTHORS}?id.in={ids[0]},{ids[2]}&sort=id&fields=name").get_json()["data"]

    assert found == [{"name": "Homer"}, {"name": "Ursula K. Le Guin"}]
    one = client.get(f"{AUTHORS}/{ids[0]}?fields=name,books_count")
    assert one.get_json()["data"] == {"name": "Homer", "books_count": 0}
    assert one.headers["ETag"] == client.get(f"{AUTHORS}/{ids[0]}").headers["ETag"]
