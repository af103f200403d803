"""Giving a book a cover, showing it, taking it off."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from books_service.covers.bounds import MAXIMUM_UPLOAD_BYTES

BOOKS = "/api/v1/books"


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


@pytest.fixture(name="book")
def _book(make_book):
    return make_book("Dune", "Frank Herbert")


def stored(covers_dir, url):
    return Image.open(io.BytesIO((covers_dir / url.removeprefix("/covers/")).read_bytes()))


def test_sent_cover_is_shown_by_itself_and_by_the_book(client, send, picture, book, covers_dir):
    assert client.get(f"{BOOKS}/{book}").get_json()["data"]["cover"] is None

    response = send(book, picture("PNG", size=(1000, 2000)), "image/png")

    assert response.status_code == 200
    cover = response.get_json()["data"]
    assert (cover["width"], cover["height"]) == (800, 1600)
    assert stored(covers_dir, cover["url"]).size == (800, 1600)
    assert stored(covers_dir, cover["thumbnails"]["medium"]).size == (200, 400)
    assert stored(covers_dir, cover["thumbnails"]["small"]).size == (80, 160)
    shown = client.get(cover["links"]["self"])
    assert shown.get_json()["data"] == cover
    read = client.get(f"{BOOKS}/{book}")
    assert read.get_json()["data"]["cover"] == cover
    assert read.headers["ETag"] == shown.headers["ETag"] == response.headers["ETag"] == '"2"'
    assert client.get(BOOKS).get_json()["data"][0]["cover"] == cover


def test_same_cover_makes_no_new_version_and_another_one_does(send, picture, book):
    first = send(book, picture())
    again = send(book, picture())
    other = send(book, picture(colour="blue"))

    assert again.get_json() == first.get_json()
    assert again.headers["ETag"] == first.headers["ETag"] == '"2"'
    assert other.headers["ETag"] == '"3"'
    assert other.get_json()["data"]["url"] != first.get_json()["data"]["url"]


def test_cover_is_taken_off(client, member, send, picture, book):
    send(book, picture())
    address = f"{BOOKS}/{book}/cover"

    assert client.delete(address, headers=member).status_code == 204
    assert client.get(f"{BOOKS}/{book}").get_json()["data"]["cover"] is None
    assert client.get(f"{BOOKS}/{book}").headers["ETag"] == '"3"'
    assert failure(client.get(address)) == (404, "cover_not_found")
    assert failure(client.delete(address, headers=member)) == (404, "cover_not_found")


def test_cover_that_was_read_may_be_sent_back_with_the_book(client, member, send, picture, book):
    send(book, picture())
    read = client.get(f"{BOOKS}/{book}").get_json()["data"]

    response = client.put(f"{BOOKS}/{book}", headers=member, json=read)

    assert response.get_json()["data"] == read


def test_cover_is_changed_by_who_may_change_the_book(client, other_member, librarian, send, picture, book):
    assert failure(send(book, picture(), headers=other_member)) == (403, "not_your_book")
    assert failure(send(book, picture(), headers={"X": "y"})) == (401, "token_missing")
    assert send(book, picture(), headers=librarian).status_code == 200
    address = f"{BOOKS}/{book}/cover"
    assert failure(client.delete(address, headers=other_member)) == (403, "not_your_book")
    assert client.delete(address, headers=librarian).status_code == 204


def test_cover_of_no_book_is_not_found(client, member, send, picture):
    assert failure(send(999_999, picture())) == (404, "book_not_found")
    assert failure(client.get(f"{BOOKS}/999999/cover")) == (404, "book_not_found")
    assert failure(client.delete(f"{BOOKS}/999999/cover", headers=member)) == (404, "book_not_found")


def test_cover_of_another_version_of_the_book_is_refused(client, member, send, picture, book):
    assert failure(send(book, picture(), If_Match='"7"')) == (412, "precondition_failed")
    assert send(book, picture(), If_Match='"1"').status_code == 200
    stale = {**member, "If-Match": '"1"'}
    assert failure(client.delete(f"{BOOKS}/{book}/cover", headers=stale)) == (412, "precondition_failed")
    assert client.delete(f"{BOOKS}/{book}/cover", headers={**member, "If-Match": '"2"'}).status_code == 204


@pytest.mark.parametrize(
    "media_type", ["application/json", "image/svg+xml", "image/gif", "text/html", "multipart/form-data; boundary=x", ""]
)
def test_other_types_are_refused(send, picture, book, media_type):
    assert failure(send(book, picture(), media_type)) == (415, "unsupported_media_type")


def test_parameters_of_the_type_do_not_matter(send, picture, book):
    assert send(book, picture(), "Image/JPEG; charset=binary").status_code == 200


@pytest.mark.parametrize("content", [b"", b"<script>alert(1)</script>", b"\xff\xd8\xff\xe0broken"])
def test_what_is_no_image_is_refused(client, send, book, content):
    assert failure(send(book, content)) == (422, "cover_unreadable")
    assert client.get(f"{BOOKS}/{book}").get_json()["data"]["version"] == 1


def test_too_many_pixels_are_refused(send, book, claimed_png):
    assert failure(send(book, claimed_png(40_000, 40_000), "image/png")) == (422, "cover_too_many_pixels")


def test_body_of_ten_mebibytes_is_taken_and_not_a_byte_more(send, picture, book):
    image = picture()
    padded = image + bytes(MAXIMUM_UPLOAD_BYTES - len(image))

    assert send(book, padded).status_code == 200
    assert failure(send(book, padded + b"0")) == (413, "payload_too_large")


def test_other_addresses_still_take_one_mebibyte(client, member, book):
    response = client.put(f"{BOOKS}/{book}", headers=member, json={"title": "T" * 2**20})

    assert failure(response) == (413, "payload_too_large")


def test_folder_that_cannot_be_written_to_is_told_as_unavailable(app, send, picture, book, tmp_path, monkeypatch):
    monkeypatch.setattr(app.extensions["cover_store"], "folder", tmp_path / "none")

    response = send(book, picture())

    assert failure(response) == (503, "service_unavailable")
    assert response.headers["Retry-After"]
