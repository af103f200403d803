"""Removing what no book has or had, and nothing else."""

from __future__ import annotations

import os
import shutil
import threading
from functools import partial

import pytest
from sqlalchemy import delete, update

from books_service.books.models import Book
from books_service.books.operations import delete_book
from books_service.covers import operations
from books_service.covers.storage import CoverStore
from books_service.extensions import db
from servicekit.entity_tags import IfMatch

A_DAY_AGO = 24 * 3600 + 60


@pytest.fixture(name="empty", autouse=True)
def _empty(covers_dir):
    """The folder holds nothing of other tests."""
    for path in covers_dir.iterdir():
        shutil.rmtree(path)


def covers_in(folder):
    return sorted(path.parent.name + path.name for path in folder.glob("[0-9a-f][0-9a-f]/*"))


def test_covers_that_a_book_has_or_had_are_kept_and_all_others_removed(
    app, session, send, picture, make_book, covers_dir
):
    kept, shared, lost, changed, deleted = (make_book(f"Title {number}") for number in range(5))
    send(lost, picture(colour="black"))
    for book in (kept, shared):
        send(book, picture(colour="red"))
    send(changed, picture(colour="green"))
    send(changed, picture(colour="blue"))
    send(deleted, picture(colour="white"))
    delete_book(session, 4, deleted, if_match=IfMatch())
    assert len(covers_in(covers_dir)) == 5
    # As if nobody had kept what was.
    session.execute(delete(Book).where(Book.id == lost))
    session.commit()

    prune = partial(app.test_cli_runner().invoke, args=["books", "prune-covers", "--unused-hours", "0"])
    assert "Removed 0 covers" in prune(args=["books", "prune-covers"]).output
    assert "Removed 1 covers" in prune().output
    assert len(covers_in(covers_dir)) == 4
    assert "Removed 0 covers" in prune().output


def test_what_an_upload_left_behind_is_removed_when_it_is_old(session, covers_dir):
    for name, age in ((".passing-old", A_DAY_AGO), (".passing-new", 0)):
        folder = covers_dir / name
        folder.mkdir()
        times = folder.stat().st_mtime - age
        os.utime(folder, (times, times))

    operations.prune_covers(session, CoverStore(covers_dir), unused_hours=24)

    assert [path.name for path in covers_dir.iterdir()] == [".passing-new"]


def test_cover_that_is_stored_anew_while_it_is_pruned_is_there_afterwards(
    app, make_lasting_book, picture, covers_dir, tokens, empty_redis
):
    books = [make_lasting_book(f"Title {number}") for number in range(3)]
    stop = threading.Event()
    problems = []

    def prune():
        with app.app_context():
            while not stop.is_set():
                operations.prune_covers(db.session, app.extensions["cover_store"], unused_hours=0)
                db.session.remove()

    pruning = threading.Thread(target=prune)
    pruning.start()
    client, address = app.test_client(), f"/api/v1/books/{books[0]}/cover"
    try:
        for turn in range(6):
            # The same cover again and again, so that it is one each time that nobody names.
            response = client.put(address, data=picture(), content_type="image/jpeg", headers=tokens.headers(1))
            url = response.get_json()["data"]["url"]
            if not (covers_dir / url.removeprefix("/covers/")).is_file():
                problems.append(turn)
            with app.app_context():
                db.session.execute(update(Book).values(cover_name=None, cover_width=None, cover_height=None))
                db.session.commit()
    finally:
        stop.set()
        pruning.join()

    assert problems == []
