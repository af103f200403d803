"""Authors as authority records: what is known of them beside the name."""

from __future__ import annotations

import pytest
from sqlalchemy import text

AUTHORS = "/api/v1/authors"
TWAIN = {
    "name": "Mark Twain",
    "sort_name": "Twain, Mark",
    "variants": ["Samuel Clemens", "Samuel Langhorne Clemens"],
    "born": "1835-11-30",
    "died": "1910-04-21",
    "identifiers": [{"scheme": "viaf", "value": "50566653"}, {"scheme": "wikidata", "value": "Q7245"}],
    "biography": "Wrote of a river.\nAnd a frog.",
}


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def names(response):
    assert response.status_code == 200, response.get_json()
    return [author["name"] for author in response.get_json()["data"]]


@pytest.fixture(name="add")
def _add(client, librarian):
    """Adds an author and returns what is shown of it."""

    def add(name, **members):
        response = client.post(AUTHORS, headers=librarian, json={"name": name, **members})
        assert response.status_code == 201, response.get_json()
        return response.get_json()["data"]

    return add


def test_author_is_added_with_all_that_is_known(client, librarian):
    response = client.post(AUTHORS, headers=librarian, json=TWAIN)

    assert response.status_code == 201, response.get_json()
    shown = response.get_json()["data"]
    assert {member: shown[member] for member in TWAIN} == TWAIN
    assert (shown["version"], shown["books_count"]) == (1, 0)
    read = client.get(response.headers["Location"])
    assert read.get_json()["data"] == shown
    assert read.headers["ETag"] == response.headers["ETag"]


def test_what_was_read_of_an_author_can_be_sent_back_and_changes_nothing(client, librarian, add):
    shown = add(**TWAIN)

    response = client.put(shown["links"]["self"], headers=librarian, json=shown)

    assert response.get_json()["data"] == shown


def test_every_member_is_changed_and_cleared_in_one_version_each(client, librarian, add):
    author = add("Mark Twain")["links"]["self"]
    changes = {name: value for name, value in TWAIN.items() if name != "name"}

    for version, (member, value) in enumerate(changes.items(), start=2):
        shown = client.patch(author, headers=librarian, json={member: value}).get_json()["data"]
        assert (shown[member], shown["version"]) == (value, version)

    cleared = client.patch(author, headers=librarian, json=dict.fromkeys(changes)).get_json()["data"]
    empty = {"sort_name": None, "variants": [], "born": None, "died": None, "identifiers": [], "biography": None}
    assert {member: cleared[member] for member in changes} == empty
    assert cleared["version"] == len(changes) + 2


def test_adding_authors_takes_the_right_to_curate(client, member):
    assert failure(client.post(AUTHORS, headers=member, json={"name": "X"})) == (403, "insufficient_scope")
    assert failure(client.post(AUTHORS, json={"name": "X"})) == (401, "token_missing")


def test_author_without_a_name_is_refused(client, librarian):
    for body in ({}, {"name": None}, {"name": " "}, {"sort_name": "X"}):
        assert failure(client.post(AUTHORS, headers=librarian, json=body)) == (422, "validation_failed")


def test_all_problems_of_an_author_are_told_at_once(client, librarian):
    wrong = {
        "name": "X",
        "sort_name": "",
        "variants": ["ok", "x" * 101],
        "born": "soon",
        "died": True,
        "identifiers": [{"scheme": "orcid", "value": "0000-0002-1825-0098"}, "viaf", 7],
        "biography": "x" * 2001,
        "death": "1910",
    }

    response = client.post(AUTHORS, headers=librarian, json=wrong)

    assert failure(response) == (422, "validation_failed")
    assert set(response.get_json()["error"]["details"]) == {
        "sort_name",
        "variants.1",
        "born",
        "died",
        "identifiers.0.value",
        "identifiers.1.scheme",
        "identifiers.2",
        "biography",
        "death",
    }


def test_nobody_dies_before_being_born_in_whatever_order_it_is_told(client, librarian, add):
    author = add("A", born=1900)["links"]["self"]

    response = client.patch(author, headers=librarian, json={"died": "1899-12-31"})

    assert failure(response) == (422, "validation_failed")
    assert list(response.get_json()["error"]["details"]) == ["died"]
    assert client.patch(author, headers=librarian, json={"died": "1900"}).status_code == 200
    assert failure(client.patch(author, headers=librarian, json={"born": "1901"})) == (422, "validation_failed")
    assert client.patch(author, headers=librarian, json={"born": "1901", "died": None}).status_code == 200


def test_lists_are_in_the_order_of_sort_names_where_there_are_some(client, add):
    for name, sort_name in (("George Orwell", "Orwell, George"), ("Colette", None), ("\u00c9mile Zola", "Zola")):
        add(name, sort_name=sort_name)
    add("Plato")

    assert names(client.get(AUTHORS)) == ["Colette", "George Orwell", "Plato", "\u00c9mile Zola"]
    assert names(client.get(f"{AUTHORS}?sort=name")) == ["Colette", "\u00c9mile Zola", "George Orwell", "Plato"]
    assert names(client.get(f"{AUTHORS}?sort=-sort_name&per_page=1")) == ["\u00c9mile Zola"]


def test_authors_are_found_by_variants_and_identifiers(client, add):
    add(**TWAIN)
    add("Mark Clemens", identifiers=["gnd:1"])

    assert names(client.get(f"{AUTHORS}?search=langhorne clem")) == ["Mark Twain"]
    # The words of one name, not of several.
    assert names(client.get(f"{AUTHORS}?search=mark clemens")) == ["Mark Clemens"]
    assert names(client.get(f"{AUTHORS}?identifier=VIAF:https://viaf.org/viaf/50566653")) == ["Mark Twain"]
    assert names(client.get(f"{AUTHORS}?identifier=gnd:1&search=twain")) == []
    assert failure(client.get(f"{AUTHORS}?identifier=viaf")) == (422, "validation_failed")
    assert failure(client.get(f"{AUTHORS}?identifier=isni:1")) == (422, "validation_failed")


def test_identifier_that_is_given_twice_counts_once(add):
    shown = add("A", identifiers=["wikidata:q1", {"scheme": "wikidata", "value": "Q1"}])

    assert shown["identifiers"] == [{"scheme": "wikidata", "value": "Q1"}]


def test_more_names_and_identifiers_than_there_may_be_are_refused(client, librarian):
    for member, count in (("variants", 101), ("identifiers", 21)):
        body = {"name": "A", member: [f"gnd:{number}" for number in range(count)]}
        assert failure(client.post(AUTHORS, headers=librarian, json=body)) == (422, "validation_failed")
        body[member].pop()
        assert client.post(AUTHORS, headers=librarian, json={**body, "name": member}).status_code == 201


def test_row_that_knows_nothing_of_names_gets_its_name(session):
    session.execute(text("INSERT INTO books.authors (name, name_normalized, name_key) VALUES ('Ann', 'ann', 'ann')"))

    kept = text("SELECT position, name, name_normalized, name_key FROM books.author_names")
    assert session.execute(kept).all() == [(0, "Ann", "ann", "ann")]
