"""The addresses of works."""

from __future__ import annotations

import pytest

WORKS = "/api/v1/works"


def titles(response):
    assert response.status_code == 200, response.get_json()
    return [work["title"] for work in response.get_json()["data"]]


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def test_new_work_is_shown_where_location_says(client, librarian):
    created = client.post(WORKS, headers=librarian, json={"title": "  Dune "})

    assert created.status_code == 201
    work = created.get_json()["data"]
    assert created.headers["Location"] == work["links"]["self"] == f"{WORKS}/{work['id']}"
    assert {name: work[name] for name in ("title", "author", "first_year", "editions_count", "version")} == {
        "title": "Dune",
        "author": None,
        "first_year": None,
        "editions_count": 0,
        "version": 1,
    }
    shown = client.get(work["links"]["self"])
    assert shown.get_json()["data"] == work
    assert shown.headers["ETag"] == created.headers["ETag"]
    assert titles(client.get(WORKS)) == ["Dune"]


def test_works_are_listed_by_title_and_found_by_words(client, make_work):
    for title in ("Zorba", "\u00c9mile", "emma", "Dune"):
        make_work(title)

    assert titles(client.get(WORKS)) == ["Dune", "\u00c9mile", "emma", "Zorba"]
    assert titles(client.get(f"{WORKS}?sort=-title&per_page=2&page=2")) == ["\u00c9mile", "Dune"]
    assert titles(client.get(f"{WORKS}?sort=id&per_page=1")) == ["Zorba"]
    assert titles(client.get(f"{WORKS}?search=EMILE")) == ["\u00c9mile"]
    assert titles(client.get(f"{WORKS}?search=%25")) == []
    first = client.get(f"{WORKS}?per_page=3").get_json()["pagination"]
    assert (first["total_items"], first["total_is"]) == (4, "exact")
    assert titles(client.get(f"{WORKS}?cursor={first['next_cursor']}")) == ["Zorba"]
    assert failure(client.get(f"{WORKS}?sort=author")) == (422, "validation_failed")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_work_is_changed_in_the_named_version_only(client, librarian, make_work, method):
    work = make_work()

    def change(body, **headers):
        return getattr(client, method)(work["links"]["self"], headers={**librarian, **headers}, json=body)

    tag = client.get(work["links"]["self"]).headers["ETag"]
    assert change(work).get_json()["data"] == work
    assert failure(change({"title": "X"}, **{"If-Match": '"7"'})) == (412, "precondition_failed")
    changed = change({"title": "Dune Messiah"}, **{"If-Match": tag}).get_json()["data"]
    assert (changed["title"], changed["version"]) == ("Dune Messiah", 2)
    assert failure(change({"title": "Y"}, **{"If-Match": tag})) == (412, "precondition_failed")
    assert titles(client.get(f"{WORKS}?search=messiah")) == ["Dune Messiah"]
    assert failure(change({})) == (400, "nothing_to_update")
    assert failure(change({"version": 1})) == (400, "nothing_to_update")


def test_librarians_curate_works_and_admins_delete_them(client, member, librarian, admin, make_work):
    address = make_work()["links"]["self"]

    for headers, refusal in (({}, (401, "token_missing")), (member, (403, "insufficient_scope"))):
        assert failure(client.post(WORKS, headers=headers, json={"title": "X"})) == refusal
        assert failure(client.put(address, headers=headers, json={"title": "X"})) == refusal
        assert failure(client.patch(address, headers=headers, json={"title": "X"})) == refusal
        assert failure(client.delete(address, headers=headers)) == refusal
    assert failure(client.delete(address, headers=librarian)) == (403, "insufficient_scope")
    assert client.delete(address, headers=admin).status_code == 204
    assert titles(client.get(WORKS)) == []


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_unknown_work_is_not_found(client, admin, method):
    body = {} if method in ("get", "delete") else {"json": {"title": "X"}}

    assert failure(getattr(client, method)(f"{WORKS}/999999", headers=admin, **body)) == (404, "work_not_found")
    assert failure(client.get(f"{WORKS}/999999/books")) == (404, "work_not_found")
    assert failure(getattr(client, method)(f"{WORKS}/0", headers=admin, **body)) == (404, "not_found")


@pytest.mark.parametrize("title", [1, None, True, [], {}, "", "  ", "x" * 201, "a\x00b", "a\nb"])
def test_bad_title_is_named(client, librarian, make_work, title):
    address = make_work()["links"]["self"]

    for response in (
        client.post(WORKS, headers=librarian, json={"title": title}),
        client.put(address, headers=librarian, json={"title": title}),
        client.patch(address, headers=librarian, json={"title": title, "unknown": 1}),
    ):
        assert failure(response) == (422, "validation_failed")
        assert "title" in response.get_json()["error"]["details"]
    assert failure(client.post(WORKS, headers=librarian, json={})) == (422, "validation_failed")
