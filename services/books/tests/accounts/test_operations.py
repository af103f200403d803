"""What becomes of books when something happens to an account."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from books_service.accounts import operations
from books_service.books import creators
from books_service.books.models import Book
from books_service.extensions import db

BOOKS = "/api/v1/books"


def creators_of(app, *book_ids):
    with app.app_context():
        rows = db.session.execute(select(Book.id, Book.created_by, Book.version).where(Book.id.in_(book_ids)))
        found = {row.id: (row.created_by, row.version) for row in rows}
    return [found[book_id] for book_id in book_ids]


def test_books_of_a_deleted_account_are_nobodys_for_every_client(client, send, event, make_book, admin, other_member):
    book_id = make_book("Notes", "Ann", user_id=1)
    url = f"{BOOKS}/{book_id}"
    before = client.get(url)

    assert send(event("account_deleted", 1)) == (200, "applied")

    for headers in ({}, other_member, admin):
        after = client.get(url, headers=headers).get_json()["data"]
        assert after["created_by"] is None
        unchanged = set(after) - {"created_by", "version", "etag", "updated_at"}
        assert {name: after[name] for name in unchanged} == {
            name: before.get_json()["data"][name] for name in unchanged
        }
    assert client.get(BOOKS).get_json()["data"][0]["created_by"] is None
    # What is answered has changed, so its entity tag has, too.
    assert client.get(url).headers["ETag"] != before.headers["ETag"]


def test_books_of_others_and_imported_ones_stay_as_they_are(app, send, event, make_book):
    theirs, imported, own = (make_book("T", user_id=user_id) for user_id in (2, 3, 1))
    with app.app_context():
        db.session.execute(update(Book).where(Book.id == imported).values(created_by=None))
        db.session.commit()
    before = creators_of(app, theirs, imported)

    send(event("account_deleted", 1))

    assert creators_of(app, theirs, imported) == before
    assert creators_of(app, own) == [(None, 2)]


def test_deleted_account_keeps_nothing_but_that_it_is_gone(send, event, account):
    send(event("account_renamed", payload={"display_name": "Ada"}))
    deletion = event("account_deleted", occurred_at="2026-11-20T12:00:00+01:00")
    send(deletion)

    row = account()
    assert (row.display_name, row.last_sequence) == (None, deletion["sequence"])
    assert row.deleted_at.isoformat() == "2026-11-20T11:00:00+00:00"


@pytest.mark.parametrize("name", ["Ada Lovelace", "\u5b54\u5b50", None])
def test_account_has_the_name_it_was_given_last(send, event, account, name):
    send(event(payload={"display_name": "Old"}))
    send(event(payload={"display_name": name}))

    assert account().display_name == name


def test_account_is_disabled_and_enabled(send, event, account):
    assert send(event("account_disabled")) == (200, "applied")
    assert account().disabled is True
    assert send(event("account_enabled")) == (200, "applied")
    assert account().disabled is False


def test_repetition_changes_nothing_however_late_it_comes(send, event, account):
    first, second, third = event(payload={"display_name": "A"}), event("account_disabled"), event("account_enabled")
    for one in (first, second, third):
        send(one)
    before = account()

    assert [send(one) for one in (first, second, third, second)] == [(200, "repeated")] * 4
    assert account() == before


def test_repeated_deletion_changes_no_book_again(app, send, event, make_book):
    book_id = make_book("T", user_id=1)
    deletion = event("account_deleted")
    send(deletion)
    before = creators_of(app, book_id)

    assert send(deletion) == (200, "repeated")
    assert creators_of(app, book_id) == before


def test_what_comes_after_a_deletion_brings_nothing_back(send, event, account):
    send(event("account_deleted"))

    assert send(event(payload={"display_name": "Ada"})) == (200, "applied")
    assert send(event("account_disabled")) == (200, "applied")

    row = account()
    assert row.deleted_at is not None
    assert (row.display_name, row.disabled) == (None, False)


def test_accounts_do_not_share_their_sequences(send, event, account):
    assert send(event(user_id=1, sequence=50)) == (200, "applied")
    assert send(event(user_id=2, sequence=40)) == (200, "applied")
    assert (account(1).last_sequence, account(2).last_sequence) == (50, 40)


def test_deleted_account_adds_no_book_even_with_a_token_that_nobody_revoked(client, send, event, member, other_member):
    send(event("account_deleted", 1))

    answer = client.post(BOOKS, json={"title": "Late", "author": "Ann"}, headers=member)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "token_revoked")
    assert client.get(BOOKS).get_json()["data"] == []
    assert client.get("/api/v1/authors").get_json()["data"] == []
    assert client.post(BOOKS, json={"title": "T"}, headers=other_member).status_code == 201


def test_account_of_which_nothing_was_told_adds_books(client, member, account):
    for title in ("One", "Two"):
        assert client.post(BOOKS, json={"title": title}, headers=member).status_code == 201

    assert (account().last_sequence, account().display_name, account().deleted_at) == (0, None, None)


def test_account_with_many_books_is_forgotten_in_bounded_steps(app, send, event, make_book, monkeypatch, account):
    """Each call does as much as fits its time; the event is done with the last one."""
    monkeypatch.setattr(creators, "BOOKS_AT_ONCE", 2)
    monkeypatch.setattr(operations, "SECONDS_A_CALL", 0.0)
    books = [make_book("T", user_id=1) for _ in range(5)]
    deletion = event("account_deleted")

    answers = [send(deletion)]
    assert account().deleted_at is not None
    assert account().last_sequence == 0
    while answers[-1] == (202, "unfinished"):
        answers.append(send(deletion))

    assert answers == [(202, "unfinished")] * 4 + [(200, "applied")]
    assert creators_of(app, *books) == [(None, 2)] * 5
    assert send(deletion) == (200, "repeated")


def test_one_call_does_as_many_steps_as_fit_its_time(app, send, event, make_book, monkeypatch):
    monkeypatch.setattr(creators, "BOOKS_AT_ONCE", 2)
    books = [make_book("T", user_id=1) for _ in range(5)]

    assert send(event("account_deleted")) == (200, "applied")
    assert creators_of(app, *books) == [(None, 2)] * 5


def test_account_in_the_middle_of_its_deletion_adds_no_book(client, send, event, make_book, member, monkeypatch):
    monkeypatch.setattr(creators, "BOOKS_AT_ONCE", 1)
    monkeypatch.setattr(operations, "SECONDS_A_CALL", 0.0)
    for _ in range(3):
        make_book("T", user_id=1)
    assert send(event("account_deleted")) == (202, "unfinished")

    assert client.post(BOOKS, json={"title": "Late"}, headers=member).status_code == 401


def test_every_feature_is_asked_to_forget_until_each_has_nothing_left(send, event, monkeypatch):
    left = {"reviews": 2, "lists": 3}

    def forgetting(feature):
        def forget(session, user_id):
            assert user_id == 7
            left[feature] -= 1
            return left[feature] <= 0

        return forget

    monkeypatch.setattr(operations, "FORGETTING", (forgetting("reviews"), forgetting("lists")))

    assert send(event("account_deleted", 7)) == (200, "applied")
    assert left["lists"] == 0
    assert left["reviews"] <= 0
