"""Cover images: sent through the gateway, served by it, refused when they are no good."""

from __future__ import annotations

import io
import json
import struct
import threading
import zlib

import pytest
import requests
from customer import Customer
from PIL import Image
from stack import docker, make

MEBIBYTE = 2**20


def picture(form: str = "JPEG", size: tuple[int, int] = (900, 1200), colour: str = "red", **options) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form, **options)
    return file.getvalue()


def claimed_png(width: int, height: int) -> bytes:
    """Return a PNG of a few hundred bytes whose header tells the size given."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def send(customer: Customer, book: str, content: bytes, media_type: str = "image/jpeg", **headers) -> requests.Response:
    return customer.request("PUT", f"{book}/cover", data=content, headers={"Content-Type": media_type, **headers})


def failure(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture(name="book")
def _book(member):
    """The address of a book of the member."""
    return member.post("/api/v1/books", {"title": "A book with a cover"}).json()["data"]["links"]["self"]


@pytest.mark.parametrize(("form", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_cover_is_shown_in_three_sizes_that_may_be_kept_for_ever(visitor, member, book, form, media_type):
    sent = send(member, book, picture(form, size=(2000, 3000)) + bytes(9 * MEBIBYTE), media_type)

    assert sent.status_code == 200, sent.text
    cover = visitor.get(book).json()["data"]["cover"]
    assert cover == sent.json()["data"] == visitor.get(f"{book}/cover").json()["data"]
    sizes = {}
    for name, url in {"large": cover["url"], **cover["thumbnails"]}.items():
        answer = visitor.get(url)
        assert answer.status_code == 200
        sizes[name] = Image.open(io.BytesIO(answer.content)).size
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert visitor.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert sizes == {"large": (1067, 1600), "medium": (267, 400), "small": (107, 160)}
    assert (cover["width"], cover["height"]) == sizes["large"]


def test_covers_of_every_replica_are_served(visitor, member, book):
    for number in range(8):
        sent = send(member, book, picture(colour=f"#0000{number:02x}"))
        assert sent.status_code == 200
        assert visitor.get(sent.json()["data"]["url"]).status_code == 200

    # Whichever replica has it already.
    again = {send(member, book, picture()).json()["data"]["url"] for _ in range(4)}
    assert len(again) == 1


def test_a_program_sends_a_cover_with_its_key(program):
    book = program.post("/api/v1/books", {"title": "A book of a program"}).json()["data"]["links"]["self"]

    assert send(program, book, picture() + bytes(5 * MEBIBYTE)).status_code == 200
    # What the gateway refuses itself is told as it is, however large the body.
    both = send(program, book, picture() + bytes(5 * MEBIBYTE), Authorization="Bearer x")
    assert failure(both) == (400, "credentials_ambiguous")


def test_the_cover_of_somebody_elses_book_and_of_another_version_is_refused(visitor, member, new_member, book):
    tag = visitor.get(book).headers["ETag"]

    assert failure(send(visitor, book, picture())) == (401, "token_missing")
    assert failure(send(new_member(), book, picture())) == (403, "not_your_book")
    sent = send(member, book, picture(), **{"If-Match": tag})
    assert sent.status_code == 200
    assert sent.headers["ETag"] == visitor.get(book).headers["ETag"] != tag
    assert failure(send(member, book, picture(colour="blue"), **{"If-Match": tag})) == (412, "precondition_failed")
    assert failure(member.delete(f"{book}/cover", headers={"If-Match": tag})) == (412, "precondition_failed")
    assert member.delete(f"{book}/cover", headers={"If-Match": sent.headers["ETag"]}).status_code == 204
    assert visitor.get(book).json()["data"]["cover"] is None


@pytest.mark.parametrize(
    ("content", "media_type", "refusal"),
    [
        (b"<script>alert(1)</script>", "image/png", (422, "cover_unreadable")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", (415, "unsupported_media_type")),
        (b"#!/bin/sh\nid\n", "image/jpeg", (422, "cover_unreadable")),
        (picture()[:2000], "image/jpeg", (422, "cover_unreadable")),
        (picture(), "application/json", (415, "unsupported_media_type")),
        (claimed_png(40_000, 40_000), "image/png", (422, "cover_too_many_pixels")),
        (picture() + bytes(10 * MEBIBYTE), "image/jpeg", (413, "payload_too_large")),
        (bytes(11 * MEBIBYTE), "image/png", (413, "payload_too_large")),
    ],
    ids=["script", "svg", "shell", "truncated", "type", "pixels", "bytes", "eleven-mebibytes"],
)
def test_what_is_no_good_as_a_cover_is_refused_and_changes_nothing(visitor, member, book, content, media_type, refusal):
    before = visitor.get(book).json()

    answer = send(member, book, content, media_type, Origin="https://catalogue.example")

    assert failure(answer) == refusal
    assert answer.headers["Access-Control-Allow-Origin"] == "https://catalogue.example"
    assert visitor.get(book).json() == before


def test_no_other_address_takes_as_much(member, book):
    for path in (book, f"{book}/covers", f"{book}/cover/"):
        answer = member.request("PUT", path, data=bytes(2 * MEBIBYTE), headers={"Content-Type": "image/jpeg"})
        assert failure(answer) == (413, "payload_too_large")


@pytest.mark.parametrize(
    "path",
    [
        "/covers",
        "/covers/",
        "/covers/ab/",
        f"/covers/ab/{'0' * 30}/large.jpg",
        f"/covers/ab/{'0' * 30}/huge.jpg",
        "/covers/../srv/gateway/nginx.conf",
        "/covers/%2e%2e/gateway/nginx.conf",
        "/covers/.passing-0000000000000000/large.jpg",
    ],
)
def test_nothing_but_covers_is_there(visitor, path):
    request = requests.Request("GET", visitor.base_url).prepare()
    # As it is written: the library would mend it.
    request.url = visitor.base_url + path
    answer = visitor.http.send(request, timeout=10)

    assert failure(answer) in ((404, "not_found"), (400, "bad_request"))
    assert answer.headers["Cache-Control"] == "no-store"


def test_covers_that_no_book_has_or_had_are_removed_by_the_operators_command(stack, visitor, member, book):
    old = send(member, book, picture(colour="#123456")).json()["data"]["url"]
    new = send(member, book, picture(colour="#654321")).json()["data"]["url"]

    # As an upload leaves it that breaks off before it is stored which book it is of.
    folder = new.rpartition("/")[0].removeprefix("/covers/")
    left = f"{folder[:3]}{'0' * 30}"
    stack.run("exec", "-T", "books", "sh", "-c", f"cd /var/lib/covers && cp -r {folder} {left}")

    make("covers-prune")
    assert visitor.get(f"/covers/{left}/large.jpg").status_code == 200
    make("covers-prune", "OPTIONS=--unused-hours 0")

    assert visitor.get(f"/covers/{left}/large.jpg").status_code == 404
    assert [visitor.get(url).status_code for url in (old, new)] == [200, 200]


def test_large_images_at_once_end_no_process_and_are_in_nobodys_way(stack, visitor, member, new_member):
    members = [new_member() for _ in range(4)]
    books = [each.post("/api/v1/books", {"title": "Large"}).json()["data"]["links"]["self"] for each in members]
    contents = [
        (picture(size=(6320, 6320), progressive=True), "image/jpeg"),
        (picture("PNG", size=(6320, 6320)), "image/png"),
        (picture("WEBP", size=(3460, 3460), method=0), "image/webp"),
        (picture(size=(6320, 6320)), "image/jpeg"),
    ]
    answers: list[requests.Response] = []

    def send_one(sender: Customer, book: str, content: tuple[bytes, str]) -> None:
        answers.append(send(sender, book, *content))

    threads = [threading.Thread(target=send_one, args=given) for given in zip(members, books, contents, strict=True)]
    for thread in threads:
        thread.start()
    reads = []
    while any(thread.is_alive() for thread in threads):
        reads.append(visitor.get("/api/v1/books?per_page=1").status_code)
    for thread in threads:
        thread.join()

    assert set(reads) == {200}
    # One that finds no turn in time is told to come back.
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert 200 in {answer.status_code for answer in answers}
    for container in stack.containers("books"):
        state = json.loads(docker("inspect", "--format", "{{json .State}}", container))
        assert (state["Running"], state["OOMKilled"]) == (True, False)
    logs = stack.run("logs", "--no-log-prefix", "books")
    assert "Worker (pid" not in logs
    assert "cover_broke_its_rendering" not in logs
