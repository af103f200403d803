"""Books as editions of works."""

from __future__ import annotations

import pytest

from books_service.works import editions

BOOKS = "/api/v1/books"


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def data(response):
    assert response.status_code in (200, 201), response.get_json()
    return response.get_json()["data"]


def edition_titles(client, work, query=""):
    return [book["title"] for book in data(client.get(f"{work['links']['editions']}{query}"))]


def test_book_tells_its_work_and_where_other_editions_are(client, member, make_work):
    work = make_work()

    alone = data(client.post(BOOKS, headers=member, json={"title": "Emma"}))
    book = data(client.post(BOOKS, headers=member, json={"title": "Dune", "work_id": work["id"]}))

    assert (alone["work_id"], alone["links"]["work"], alone["links"]["editions"]) == (None, None, None)
    assert book["work_id"] == work["id"]
    assert book["links"]["work"] == work["links"]["self"]
    assert book["links"]["editions"] == work["links"]["editions"]
    assert data(client.get(book["links"]["editions"])) == [book]


def test_editions_are_listed_latest_first_and_tell_of_the_work(client, make_book, make_work):
    work, other = make_work(), make_work("Emma")
    make_book("Dune (1990)", "F. Herbert", year=1990, work_id=work["id"])
    make_book("Dune (1965)", "Frank Herbert", year=1965, work_id=work["id"])
    make_book("Der W\u00fcstenplanet", work_id=work["id"])
    make_book("Emma", "Jane Austen", year=1815, work_id=other["id"])
    make_book("Alone")

    assert edition_titles(client, work) == ["Dune (1990)", "Dune (1965)", "Der W\u00fcstenplanet"]
    assert edition_titles(client, work, "?sort=title&per_page=1&page=2") == ["Dune (1965)"]
    assert edition_titles(client, other) == ["Emma"]
    shown = data(client.get(work["links"]["self"]))
    assert (shown["editions_count"], shown["author"], shown["first_year"]) == (3, "Frank Herbert", 1965)
    assert shown in data(client.get("/api/v1/works"))


def test_book_changes_its_work_and_leaves_it(client, member, make_book, make_work):
    first, second = make_work(), make_work("Emma")
    address = f"{BOOKS}/{make_book('Dune', work_id=first['id'])}"

    def change(body):
        return data(client.patch(address, headers=member, json=body))

    assert change(data(client.get(address)))["version"] == 1
    assert (change({"work_id": second["id"]})["work_id"], edition_titles(client, first)) == (second["id"], [])
    assert change({"subtitle": "x"})["work_id"] == second["id"]
    left = change({"work_id": None})
    assert (left["work_id"], left["version"]) == (None, 4)
    assert edition_titles(client, second) == []


@pytest.mark.parametrize("work_id", [999_999, 0, -1, 10**18, 2**63, "1", 1.5, True, [], {}])
def test_unknown_work_of_a_book_is_named(client, member, make_book, work_id):
    address = f"{BOOKS}/{make_book()}"

    for response in (
        client.post(BOOKS, headers=member, json={"title": "X", "work_id": work_id}),
        client.put(address, headers=member, json={"work_id": work_id}),
    ):
        assert failure(response) == (422, "validation_failed")
        assert list(response.get_json()["error"]["details"]) == ["work_id"]
    assert data(client.get(address))["version"] == 1


def test_deleted_work_leaves_its_editions_in_a_new_version(client, admin, make_book, make_work, monkeypatch):
    monkeypatch.setattr(editions, "BOOKS_AT_ONCE", 2)
    work, other = make_work(), make_work("Emma")
    books = [f"{BOOKS}/{make_book(f'Dune {number}', work_id=work['id'])}" for number in range(5)]
    kept = f"{BOOKS}/{make_book('Emma', work_id=other['id'])}"

    stale = client.delete(work["links"]["self"], headers={**admin, "If-Match": '"2"'})
    assert failure(stale) == (412, "precondition_failed")
    assert client.delete(work["links"]["self"], headers=admin).status_code == 204

    for address in books:
        book = data(client.get(address))
        assert (book["work_id"], book["version"]) == (None, 2)
    assert data(client.get(kept))["work_id"] == other["id"]
    assert failure(client.get(work["links"]["editions"])) == (404, "work_not_found")
