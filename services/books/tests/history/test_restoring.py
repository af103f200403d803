"""Undoing deletions."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from books_service.extensions import db
from books_service.history.models import DeletedRow, Deletion
from books_service.imports.models import ImportedRecord


def code(answer):
    return answer.status_code, answer.get_json()["error"]["code"]


def test_book_comes_back_as_it_was_under_its_id(client, make_book, admin, versions):
    values = {"year": -700, "subjects": ["a"], "isbn": "9780306406157", "description": "D"}
    address = f"/api/v1/books/{make_book('T', 'Ann', 'Ben', **values)}"
    was = client.get(address).get_json()["data"]
    client.delete(address, headers=admin)

    answer = client.post(f"{address}/restore", headers=admin)

    assert answer.status_code == 200
    book = answer.get_json()["data"]
    assert book == {**was, "version": 3, "etag": '"3"', "updated_at": book["updated_at"]}
    assert answer.headers["ETag"] == '"3"'
    assert [(one["version"], one["change"], one["changed_by"], one["fields"]) for one in versions(address)] == [
        (3, "restored", 4, None),
        (2, "deleted", 4, None),
        (1, "created", 1, None),
    ]
    assert client.get("/api/v1/books?search=ben").get_json()["pagination"]["total_items"] == 1
    assert client.get("/api/v1/books/deleted", headers=admin).get_json()["data"] == []


def test_deleted_book_is_not_found_but_by_admins_who_may_see_its_versions(client, make_book, admin, member, versions):
    address = f"/api/v1/books/{make_book('T')}"
    client.delete(address, headers=admin)

    assert code(client.get(address)) == (404, "book_not_found")
    for headers in (None, member):
        assert code(client.get(f"{address}/revisions", headers=headers)) == (404, "book_not_found")
        assert code(client.get(f"{address}/revisions/1", headers=headers)) == (404, "book_not_found")
    assert code(client.post(f"{address}/revisions/1/revert", headers=admin)) == (404, "book_not_found")
    assert [one["change"] for one in versions(address, admin)] == ["deleted", "created"]
    deletion = client.get(f"{address}/revisions/2", headers=admin).get_json()["data"]
    assert (deletion["book"], deletion["changes"]) == (None, None)


def test_what_a_signed_in_caller_sees_is_kept_out_of_shared_caches(client, make_book, admin):
    address = f"/api/v1/books/{make_book('T')}"
    client.delete(address, headers=admin)

    for path in (f"{address}/revisions", "/api/v1/books/deleted"):
        assert client.get(path, headers=admin).headers["Cache-Control"] == "private, no-cache"
    assert "Cache-Control" not in client.get("/api/v1/books").headers


def test_deleted_books_are_listed_the_latest_first(client, make_book, admin):
    ids = [make_book(f"T{number}", "Ann") for number in range(3)]
    for book_id in ids:
        client.delete(f"/api/v1/books/{book_id}", headers=admin)

    page = client.get("/api/v1/books/deleted?per_page=2", headers=admin).get_json()
    cursor = page["pagination"]["next_cursor"]
    rest = client.get(f"/api/v1/books/deleted?per_page=2&cursor={cursor}", headers=admin).get_json()

    assert [one["id"] for one in page["data"] + rest["data"]] == ids[::-1]
    first = page["data"][0]
    assert (first["title"], first["author"], first["deleted_by"], first["version"]) == ("T2", "Ann", 4, 2)
    assert client.post(first["links"]["restore"], headers=admin).status_code == 200


def test_book_can_be_deleted_and_restored_again_and_again(client, make_book, admin, versions):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    for _ in range(3):
        assert client.delete(address, headers=admin).status_code == 204
        assert client.post(f"{address}/restore", headers=admin).status_code == 200

    assert [one["version"] for one in versions(address)] == list(range(7, 0, -1))


def test_what_is_there_cannot_be_restored_nor_what_never_was(client, make_book, admin):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    author = client.get(address).get_json()["data"]["authors"][0]["links"]["self"]

    assert code(client.post(f"{address}/restore", headers=admin)) == (409, "not_deleted")
    assert code(client.post(f"{author}/restore", headers=admin)) == (409, "not_deleted")
    assert code(client.post("/api/v1/books/999999/restore", headers=admin)) == (404, "book_not_found")
    assert code(client.post("/api/v1/authors/999999/restore", headers=admin)) == (404, "author_not_found")


def test_only_admins_see_and_restore_what_is_deleted(client, make_book, admin, member, librarian):
    address = f"/api/v1/books/{make_book('T')}"
    client.delete(address, headers=admin)
    for headers, status in ((None, 401), (member, 403), (librarian, 403)):
        assert client.get("/api/v1/books/deleted", headers=headers).status_code == status
        assert client.get("/api/v1/authors/deleted", headers=headers).status_code == status
        assert client.post(f"{address}/restore", headers=headers).status_code == status


def test_isbn_that_another_book_has_by_now_is_a_conflict(client, make_book, admin):
    address = f"/api/v1/books/{make_book('T', isbn='9780306406157')}"
    client.delete(address, headers=admin)
    other = make_book("U", isbn="9780306406157")

    assert code(client.post(f"{address}/restore", headers=admin)) == (409, "isbn_already_taken")
    client.patch(f"/api/v1/books/{other}", json={"isbn": None}, headers=admin)
    assert client.post(f"{address}/restore", headers=admin).status_code == 200


@pytest.mark.parametrize("gone", [True, False])
def test_authors_are_those_of_then_or_added_again(client, make_book, admin, librarian, gone):
    address = f"/api/v1/books/{make_book('T', 'Ann', 'Ben')}"
    author = client.get(address).get_json()["data"]["authors"][0]["links"]["self"]
    client.delete(address, headers=admin)
    if gone:
        client.delete(author, headers=admin)
    else:
        client.patch(author, json={"name": "Anna"}, headers=librarian)

    book = client.post(f"{address}/restore", headers=admin).get_json()["data"]

    assert book["author"] == ("Ann, Ben" if gone else "Anna, Ben")
    assert (book["authors"][0]["links"]["self"] == author) is not gone


def test_author_comes_back_under_the_id(client, admin, versions):
    about = {"name": "Ann", "sort_name": "Z", "variants": ["B", "A"], "born": "1900", "identifiers": ["viaf:1"]}
    author = client.post("/api/v1/authors", json=about, headers=admin).headers["Location"]
    was = client.get(author).get_json()["data"]
    client.delete(author, headers=admin)

    assert code(client.get(author)) == (404, "author_not_found")
    assert [one["name"] for one in client.get("/api/v1/authors/deleted", headers=admin).get_json()["data"]] == ["Ann"]
    back = client.post(f"{author}/restore", headers=admin).get_json()["data"]
    assert back == {**was, "version": 3, "etag": back["etag"], "updated_at": back["updated_at"]}
    assert client.get("/api/v1/authors?search=b").get_json()["data"] == [back]
    assert [one["change"] for one in versions(author)] == ["restored", "deleted", "created"]


def test_author_whose_name_is_taken_by_now_is_a_conflict(client, make_book, admin, member):
    address = f"/api/v1/books/{make_book('T', 'Ann')}"
    author = client.get(address).get_json()["data"]["authors"][0]["links"]["self"]
    client.patch(address, json={"authors": []}, headers=member)
    client.delete(author, headers=admin)
    client.patch(address, json={"authors": ["Ann"]}, headers=member)

    assert code(client.post(f"{author}/restore", headers=admin)) == (409, "author_name_taken")


@pytest.mark.parametrize("imported_again", [True, False])
def test_import_knows_its_book_again_unless_it_has_made_another(client, session, make_book, admin, imported_again):
    book_id = make_book("T")
    address = f"/api/v1/books/{book_id}"
    row = {"source": "s", "record_key": "1", "digest": "d", "book_version": 1}
    session.add(ImportedRecord(book_id=book_id, **row))
    session.commit()
    client.delete(address, headers=admin)
    assert session.scalar(select(func.count()).select_from(DeletedRow)) == 1
    if imported_again:
        session.add(ImportedRecord(book_id=make_book("T"), **row))
        session.commit()

    assert client.post(f"{address}/restore", headers=admin).status_code == 200

    assert session.scalars(select(ImportedRecord.book_id == book_id)).all() == [not imported_again]
    assert session.scalar(select(func.count()).select_from(Deletion)) == 0
    assert db.session.scalar(select(func.count()).select_from(DeletedRow)) == 0


@pytest.mark.parametrize("undo", ["restore", "revisions/1/revert"])
def test_book_is_an_edition_again_of_a_work_that_is_still_there(client, make_book, admin, librarian, versions, undo):
    works = [client.post("/api/v1/works", json={"title": "W"}, headers=librarian) for _ in range(2)]
    gone, there = [work.get_json()["data"] for work in works]
    books = [f"/api/v1/books/{make_book('T', work_id=work['id'], series_name='S')}" for work in (gone, there)]
    for address in books:
        if undo == "restore":
            client.delete(address, headers=admin)
        else:
            client.patch(address, json={"work_id": None, "series": None}, headers=admin)
    assert client.delete(gone["links"]["self"], headers=admin).status_code == 204

    for address in books:
        assert client.post(f"{address}/{undo}", headers=admin).status_code == 200

    shown = [client.get(address).get_json()["data"] for address in books]
    assert [one["work_id"] for one in shown] == [None, there["id"]]
    assert [one["series"]["name"] for one in shown] == ["S", "S"]
    assert client.get("/api/v1/books?series=s").get_json()["pagination"]["total_items"] == 2


def test_deletion_of_a_work_is_a_version_of_its_editions(client, make_book, admin, versions):
    work = client.post("/api/v1/works", json={"title": "W"}, headers=admin).get_json()["data"]
    address = f"/api/v1/books/{make_book('T', work_id=work['id'])}"

    client.delete(work["links"]["self"], headers=admin)

    newest = versions(address)[0]
    assert (newest["change"], newest["changed_by"], newest["fields"]) == ("work_deleted", 4, ["work_id"])
