"""Reading lists through their addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from books_service.authors.models import Author
from books_service.authors.operations import update_author
from books_service.extensions import db
from books_service.reading_list.queries import SORTS
from servicekit.entity_tags import IfMatch

LIST = "/api/v1/reading-list"


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def ids(response):
    assert response.status_code == 200, response.get_json()
    return [item["id"] for item in response.get_json()["data"]]


@pytest.fixture(name="book")
def _book(make_book):
    return make_book("It", "Stephen King", user_id=9)


def test_book_is_listed_shown_and_told_to_no_cache_on_the_way(client, member, book):
    body = {"book_id": book, "note": " Page 12,\nthe house. ", "started_on": "2026-01-31"}

    created = client.post(LIST, json=body, headers=member)

    assert created.status_code == 201
    entry = created.get_json()["data"]
    assert created.headers["Location"] == entry["links"]["self"] == f"{LIST}/{entry['id']}"
    address = f"/api/v1/books/{book}"
    links = {"self": address, "reviews": f"{address}/reviews"}
    assert entry["book"] == {"id": book, "title": "It", "author": "Stephen King", "links": links}
    assert (entry["finished"], entry["note"], entry["version"]) == (False, "Page 12,\nthe house.", 1)
    assert (entry["started_on"], entry["finished_on"]) == ("2026-01-31", None)
    shown = client.get(entry["links"]["self"], headers=member)
    assert shown.get_json()["data"] == entry
    assert client.get(LIST, headers=member).get_json()["data"] == [entry]
    assert client.get(entry["links"]["book"]).status_code == 200
    for answer in (created, shown, client.get(LIST, headers=member), client.get(f"{LIST}/999", headers=member)):
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_entries_of_others_are_not_found_not_even_by_admins(client, other_member, admin, book, put_on_list):
    url = put_on_list(book, 1, note="Mine")["links"]["self"]
    theirs = put_on_list(book, 2)

    for headers in (other_member, admin):
        for method, body in (("get", {}), ("delete", {}), ("put", {"json": {"note": "x"}}), ("patch", {"json": {}})):
            answer = getattr(client, method)(url, headers=headers, **body)
            assert failure(answer) == (404, "reading_list_entry_not_found")
    assert ids(client.get(LIST, headers=other_member)) == [theirs["id"]]
    assert ids(client.get(LIST, headers=admin)) == []
    assert client.get(LIST, headers=other_member).get_json()["pagination"]["total_items"] == 1


def test_each_book_is_listed_once(client, member, book, put_on_list):
    put_on_list(book)

    assert failure(client.post(LIST, json={"book_id": book}, headers=member)) == (409, "book_already_listed")


def test_unknown_book_or_entry_is_not_found(client, member):
    assert failure(client.post(LIST, json={"book_id": 999}, headers=member)) == (404, "book_not_found")
    for method, body in (("get", {}), ("delete", {}), ("put", {"json": {"note": "x"}}), ("patch", {"json": {}})):
        answer = getattr(client, method)(f"{LIST}/999", headers=member, **body)
        assert failure(answer) == (404, "reading_list_entry_not_found")


def test_put_and_patch_change_what_is_sent_and_take_back_what_was_read(client, member, book, put_on_list):
    entry = put_on_list(book, note="Good", started_on="2026-01-01")
    url = entry["links"]["self"]

    same = client.put(url, json=entry, headers=member)
    assert (same.status_code, same.get_json()["data"]) == (200, entry)
    done = client.put(url, json={**entry, "finished": True}, headers=member).get_json()["data"]
    assert (done["finished"], done["note"], done["version"]) == (True, "Good", 2)
    dated = client.patch(url, json={"finished_on": "2026-02-01"}, headers=member).get_json()["data"]
    assert (dated["finished"], dated["finished_on"], dated["started_on"]) == (True, "2026-02-01", "2026-01-01")
    again = client.patch(url, json={"finished": False, "note": None}, headers=member).get_json()["data"]
    assert (again["finished"], again["finished_on"], again["note"], again["version"]) == (False, None, None, 4)
    assert failure(client.patch(url, json={"id": 1}, headers=member)) == (400, "nothing_to_update")


def test_day_of_the_end_before_that_of_the_beginning_is_refused(client, member, book, put_on_list):
    url = put_on_list(book, started_on="2026-02-01")["links"]["self"]

    refused = client.patch(url, json={"finished_on": "2026-01-31"}, headers=member)
    assert failure(refused) == (422, "validation_failed")
    assert list(refused.get_json()["error"]["details"]) == ["finished_on"]
    assert client.patch(url, json={"finished_on": "2026-02-01"}, headers=member).status_code == 200
    refused = client.patch(url, json={"started_on": "2026-02-02"}, headers=member)
    assert list(refused.get_json()["error"]["details"]) == ["started_on"]
    assert client.get(url, headers=member).get_json()["data"]["version"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"book_id": None}, "book_id"),
        ({"book_id": "1"}, "book_id"),
        ({"book_id": 0}, "book_id"),
        ({"finished": 1}, "finished"),
        ({"finished": "true"}, "finished"),
        ({"finished": None}, "finished"),
        ({"note": "x" * 2001}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": 5}, "note"),
        ({"started_on": "31.1.2026"}, "started_on"),
        ({"started_on": "20260131"}, "started_on"),
        ({"started_on": "2026-W05-6"}, "started_on"),
        ({"started_on": "2026-02-30"}, "started_on"),
        ({"started_on": "2026-01-31T00:00:00Z"}, "started_on"),
        ({"started_on": "0000-01-01"}, "started_on"),
        ({"started_on": "1899-12-31"}, "started_on"),
        ({"started_on": 20260131}, "started_on"),
        ({"finished_on": "9999-12-31"}, "finished_on"),
        ({"finished": False, "finished_on": "2026-01-31"}, "finished_on"),
        ({"user_id": 2}, "user_id"),
    ],
)
def test_entry_that_cannot_be_is_refused_by_field(client, member, book, body, field):
    answer = client.post(LIST, json={"book_id": book, **body}, headers=member)

    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["details"]) == [field]
    assert ids(client.get(LIST, headers=member)) == []


def test_missing_book_is_refused_and_the_book_of_an_entry_stays(client, member, book, put_on_list):
    missing = client.post(LIST, json={}, headers=member)
    assert (missing.status_code, list(missing.get_json()["error"]["details"])) == (422, ["book_id"])
    url = put_on_list(book)["links"]["self"]
    assert client.patch(url, json={"book_id": book}, headers=member).status_code == 422


def test_today_is_a_day_to_begin_and_two_days_on_is_not(client, member, make_book, put_on_list):
    now = datetime.now(UTC)
    put_on_list(make_book("A"), started_on=now.date().isoformat())

    ahead = (now + timedelta(days=2)).date().isoformat()
    assert client.post(LIST, json={"book_id": make_book("B"), "started_on": ahead}, headers=member).status_code == 422


def test_note_may_be_as_long_as_it_may_be_and_blank_is_none(client, member, make_book, put_on_list):
    assert len(put_on_list(make_book("A"), note="x" * 2000)["note"]) == 2000
    assert put_on_list(make_book("B"), note=" \n ")["note"] is None


def test_list_is_filtered_sorted_and_paged(client, member, make_book, put_on_list):
    zorn, emma, dune = (make_book(title) for title in ("Zorn", "emma", "Dune"))
    first = put_on_list(zorn, finished_on="2026-01-02")["id"]
    second = put_on_list(emma, finished=True)["id"]
    third = put_on_list(dune)["id"]
    put_on_list(dune, 2, finished=True)

    def listed(query):
        return ids(client.get(f"{LIST}?{query}", headers=member))

    assert listed("") == [third, second, first]
    for written in ("true", "1", "YES"):
        assert listed(f"finished={written}") == [second, first]
    for written in ("false", "0", "no"):
        assert listed(f"finished={written}") == [third]
    assert listed(f"book_id={emma}") == [second]
    assert listed(f"book_id={emma}&finished=no") == []
    assert listed("sort=title") == [third, second, first]
    assert listed("sort=-finished_on,id") == [first, second, third]
    assert listed("sort=finished,-title") == [third, first, second]
    page = client.get(f"{LIST}?sort=id&per_page=2&page=2", headers=member)
    assert (ids(page), page.headers["X-Total-Count"]) == ([third], "3")


ORDERS = [sign + name for name in SORTS for sign in ("", "-")] + ["finished,-started_on,title", "-finished_on,finished"]


@pytest.mark.parametrize("sort", ORDERS)
def test_walk_by_cursors_meets_each_entry_once_in_every_order(client, member, make_book, put_on_list, sort):
    for number in range(9):
        day = f"2026-01-0{1 + number % 3}" if number % 3 else None
        put_on_list(make_book(f"T{number % 4}"), started_on=day, finished_on=day if number % 2 else None)
    url = f"{LIST}?sort={sort}&per_page="

    everything = ids(client.get(f"{url}100", headers=member))
    walked, cursor = [], ""
    while cursor is not None:
        answer = client.get(f"{url}2{cursor and '&cursor='}{cursor}", headers=member)
        walked += ids(answer)
        cursor = answer.get_json()["pagination"]["next_cursor"]

    assert len(everything) == 9
    assert walked == everything


def test_cursor_leads_nowhere_in_the_list_of_somebody_else(client, member, other_member, make_book, put_on_list):
    for number in range(3):
        put_on_list(make_book(f"T{number}"))
    cursor = client.get(f"{LIST}?per_page=1", headers=member).get_json()["pagination"]["next_cursor"]

    assert ids(client.get(f"{LIST}?cursor={cursor}", headers=other_member)) == []
    assert failure(client.get(f"{LIST}?sort=title&cursor={cursor}", headers=member)) == (422, "cursor_invalid")


@pytest.mark.parametrize("query", ["finished=maybe", "finished=", "book_id=0", "sort=note", "user_id=1"])
def test_query_that_makes_no_sense_is_refused(client, member, query):
    assert client.get(f"{LIST}?{query}", headers=member).status_code == 422


def test_each_right_needs_its_scope(client, tokens, book, put_on_list):
    url = put_on_list(book)["links"]["self"]
    reader = {"Authorization": f"Bearer {tokens.make(1, scope='reading_list:read')}"}
    writer = {"Authorization": f"Bearer {tokens.make(1, scope='reading_list:write')}"}

    assert ids(client.get(LIST, headers=reader)) != []
    for answer in (
        client.post(LIST, json={"book_id": book}, headers=reader),
        client.patch(url, json={"finished": True}, headers=reader),
        client.delete(url, headers=reader),
        client.get(LIST, headers=writer),
        client.get(url, headers=writer),
    ):
        assert failure(answer) == (403, "insufficient_scope")
    assert client.patch(url, json={"finished": True}, headers=writer).status_code == 200
    assert failure(client.get(LIST)) == (401, "token_missing")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_change_holds_for_the_named_version_only(client, member, book, put_on_list, method):
    url = put_on_list(book)["links"]["self"]
    tag = client.get(url, headers=member).headers["ETag"]
    body = {} if method == "delete" else {"json": {"finished": True}}

    def change(named):
        return getattr(client, method)(url, headers={**member, "If-Match": named}, **body)

    assert failure(change('"7"')) == (412, "precondition_failed")
    assert client.get(url, headers=member).headers["ETag"] == tag
    assert change(tag).status_code in (200, 204)


def test_tag_names_what_is_shown_the_author_of_the_book_too(app, client, member, book, put_on_list):
    entry = put_on_list(book)
    condition = {**member, "If-None-Match": entry["etag"]}
    assert client.get(entry["links"]["self"], headers=condition).status_code == 304
    listed = client.get(LIST, headers=member)
    assert client.get(LIST, headers={**member, "If-None-Match": listed.headers["ETag"]}).status_code == 304

    with app.app_context():
        author_id = db.session.query(Author.id).filter_by(name="Stephen King").scalar()
        update_author(db.session, 3, author_id, {"name": "Richard Bachman"}, if_match=IfMatch())

    changed = client.get(entry["links"]["self"], headers=condition)
    assert (changed.status_code, changed.get_json()["data"]["book"]["author"]) == (200, "Richard Bachman")
    assert client.get(LIST, headers={**member, "If-None-Match": listed.headers["ETag"]}).status_code == 200
    condition = {**member, "If-Match": entry["etag"]}
    assert client.patch(entry["links"]["self"], json={"finished": True}, headers=condition).status_code == 200


def test_book_that_is_deleted_leaves_every_list(client, member, admin, book, make_book, put_on_list):
    gone = put_on_list(book)["links"]["self"]
    kept = put_on_list(make_book("Other"))["id"]

    assert client.delete(f"/api/v1/books/{book}", headers=admin).status_code == 204

    assert failure(client.get(gone, headers=member)) == (404, "reading_list_entry_not_found")
    assert ids(client.get(LIST, headers=member)) == [kept]


def test_deleted_entry_makes_room_for_another(client, member, book, put_on_list):
    url = put_on_list(book)["links"]["self"]

    assert client.delete(url, headers=member).status_code == 204
    assert failure(client.delete(url, headers=member)) == (404, "reading_list_entry_not_found")
    put_on_list(book)
