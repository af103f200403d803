"""What a repeated request is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.app import create_app
from books_service.config import BooksConfig
from books_service.extensions import SCHEMA, db
from books_service.idempotency import kept_answers
from books_service.idempotency.models import IdempotencyKey
from servicekit import env
from servicekit.blueprint import openapi_document
from servicekit.idempotency import HEADER, answer_store

BOOKS = "/api/v1/books"
UUID = "8e03978e-40d5-43e2-bc93-6894a57f9324"

# Every address that creates, with a body; a book_id, there or here, is that of a book that is there.
CREATING = {
    "/api/v1/books": {"title": "It", "authors": ["Stephen King"]},
    "/api/v1/authors": {"name": "Stephen King", "variants": ["Richard Bachman"]},
    "/api/v1/works": {"title": "It"},
    "/api/v1/books/{book_id}/reviews": {"rating": 4, "text": "Good."},
    "/api/v1/reading-list": {"book_id": None, "note": "Later."},
}
# Tested where they are: what they create is no row of its own.
CREATING_OTHERWISE = ("/api/v1/authors/{author_id}/merge", "/api/v1/books/{book_id}/merge")


def creating(path, book_id):
    """Return address and body of a request that creates."""
    body = CREATING[path]
    return path.format(book_id=book_id), {**body, "book_id": book_id} if "book_id" in body else body


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def test_every_address_that_creates_takes_a_key(app):
    paths = openapi_document(app.extensions["api"])["paths"]
    posts = {path: item["post"] for path, item in paths.items() if "201" in item.get("post", {}).get("responses", {})}

    assert set(posts) == {*CREATING, *CREATING_OTHERWISE}
    for operation in posts.values():
        assert HEADER in [parameter["name"] for parameter in operation["parameters"] if "name" in parameter]
        assert {"400", "409", "422"} <= set(operation["responses"])


@pytest.mark.parametrize("path", CREATING)
def test_repeated_request_gets_the_same_answer_and_creates_nothing(post, tokens, make_book, keys, path):
    url, body = creating(path, make_book("Dune"))
    headers = tokens.headers(7, "admin")

    first = post(UUID, url, headers, **body)
    again = post(UUID, url, headers, **body)

    assert first.status_code == 201, first.get_json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.get_data()) == (201, first.get_data())
    for name in ("Content-Type", "Location", "ETag"):
        assert again.headers[name] == first.headers[name]
    assert keys() == [(7, UUID)]


@pytest.mark.parametrize("path", CREATING)
def test_answer_under_a_key_is_that_without_one(client, post, tokens, admin, make_book, path):
    url, body = creating(path, make_book("Dune"))

    keyed = post("one", url, tokens.headers(7, "admin"), **body)
    client.delete(keyed.headers["Location"], headers=admin)
    plain = client.post(url, json=body, headers=tokens.headers(8, "admin"))

    assert keyed.status_code == plain.status_code == 201
    assert set(keyed.headers.keys()) == set(plain.headers.keys())
    assert keyed.get_json()["data"].keys() == plain.get_json()["data"].keys()


def test_repetition_tells_what_was_created_whatever_became_of_it(client, post, member, admin):
    first = post("one")
    address = first.headers["Location"]
    client.patch(address, json={"title": "We"}, headers=member)
    assert post("one").get_data() == first.get_data()

    client.delete(address, headers=admin)
    assert post("one").get_data() == first.get_data()


def test_without_a_key_each_request_creates(client, member, titles, keys):
    for _ in range(2):
        assert client.post(BOOKS, json={"title": "It"}, headers=member).status_code == 201

    assert (titles(), keys()) == (["It", "It"], [])


@pytest.mark.parametrize("body", [{"title": "Us"}, {"title": "It", "year": 1986}])
def test_key_of_another_body_is_refused(post, titles, body):
    post("one", title="It")

    assert failure(post("one", **body)) == (422, "idempotency_key_reused")
    assert titles() == ["It"]


def test_key_of_another_address_is_refused(post, make_book):
    book_id = make_book("T")
    post("one", title="It")

    assert failure(post("one", f"{BOOKS}/{book_id}/reviews", rating=3)) == (422, "idempotency_key_reused")


def test_the_same_body_may_be_written_differently(client, member, titles):
    headers = {**member, "Idempotency-Key": "one", "Content-Type": "application/json"}
    first = client.post(BOOKS, data='{"title": "It", "year": 1986}', headers=headers)
    again = client.post(BOOKS, data='{ "year":1986,\n "title":"\\u0049t" }', headers=headers)

    assert (first.status_code, again.get_data()) == (201, first.get_data())
    assert titles() == ["It"]


def test_body_nested_deeper_than_any_answer_is_told_apart_like_others(client, member, titles):
    headers = {**member, "Idempotency-Key": "one", "Content-Type": "application/json"}
    bodies = [f'{{"title": "{title}", "links": {"[" * 400}{"]" * 400}}}' for title in ("It", "It", "Us")]

    answers = [client.post(BOOKS, data=body, headers=headers) for body in bodies]

    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert titles() == ["It"]


def test_keys_of_two_callers_have_nothing_to_do_with_each_other(post, member, other_member, titles, keys):
    mine, theirs = post("one", headers=member, title="It"), post("one", headers=other_member, title="We")

    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in theirs.headers
    assert (titles(), keys()) == (["It", "We"], [(1, "one"), (2, "one")])


def test_program_and_person_of_one_account_are_one_caller(post, tokens):
    first = post("one")
    program = {"Authorization": f"Bearer {tokens.make(1, via='api_key')}"}

    assert post("one", headers=program).get_data() == first.get_data()


@pytest.mark.parametrize("key", ["", " ", "a b", "a,b", "caf\xe9", "k" * 256, "k" * 10_000])
def test_key_that_cannot_be_one_is_refused(post, titles, key):
    assert failure(post(key)) == (400, "idempotency_key_malformed")
    assert titles() == []


@pytest.mark.parametrize("key", ["k", "k" * 255, f'"{UUID}"', "order/17:retry=2"])
def test_key_may_be_any_visible_text(post, key):
    first = post(key)

    assert first.status_code == 201
    assert post(key).get_data() == first.get_data()


def test_error_is_not_kept(post, client, admin, titles, keys):
    taken = post("first", title="It", isbn="9780441172719")
    assert failure(post("one", title="We", isbn="9780441172719")) == (409, "isbn_already_taken")
    assert failure(post("two", title="")) == (422, "validation_failed")
    assert keys() == [(1, "first")]
    client.delete(taken.headers["Location"], headers=admin)

    again = post("one", title="We", isbn="9780441172719")

    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)
    assert titles() == ["We"]


def test_repetition_needs_the_right_to_create(post, tokens):
    post("one")
    reader = {"Authorization": f"Bearer {tokens.make(1, scope='books:read')}"}

    assert failure(post("one", headers=reader)) == (403, "insufficient_scope")


def age(app, key):
    """Let a key be expired."""
    with app.app_context():
        db.session.execute(
            update(IdempotencyKey).where(IdempotencyKey.key == key).values(expires_at=datetime.now(UTC) - timedelta(1))
        )
        db.session.commit()


def test_expired_key_is_a_new_one(app, post, titles):
    post("one", title="It")
    age(app, "one")

    again = post("one", title="We")

    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)
    assert post("one", title="We").get_data() == again.get_data()
    assert titles() == ["It", "We"]


def test_answers_are_kept_for_a_day_unless_a_setting_says_otherwise(app, post, service_environment):
    post("one")
    with app.app_context():
        row = db.session.execute(select(IdempotencyKey.created_at, IdempotencyKey.expires_at)).one()
    assert row.expires_at - row.created_at == timedelta(days=1)

    settings = {**service_environment(SCHEMA), "BOOKS_IDEMPOTENCY_KEY_TTL_SECONDS": "60"}
    with create_app(env.load(BooksConfig, settings)).app_context():
        assert answer_store().kept_for == timedelta(minutes=1)


def test_expired_keys_go_a_few_at_a_time_when_others_are_stored(app, post, keys, monkeypatch):
    monkeypatch.setattr(kept_answers, "PRUNED_AT_ONCE", 2)
    for number in range(5):
        post(f"old {number}".replace(" ", "-"))
    for number in range(5):
        age(app, f"old-{number}")

    left = []
    for number in range(3):
        post(f"new-{number}")
        left.append(len([key for _, key in keys() if key.startswith("old")]))

    assert left == [3, 1, 0]
    assert len(keys()) == 3


def test_deletion_of_an_account_removes_its_keys_and_no_others(
    app, post, member, other_member, tokens, keys, monkeypatch
):
    monkeypatch.setattr(kept_answers, "FORGOTTEN_AT_ONCE", 2)
    for number in range(5):
        post(f"k{number}", headers=member)
    post("k0", headers=other_member)
    event = AccountEvent("0" * 32, 1, 1, DELETED, {}, datetime.now(UTC))
    with app.app_context():
        assert accounts.apply_event(db.session, event) == APPLIED

    assert keys() == [(2, "k0")]
    assert failure(post("k0", headers=member)) == (401, "token_revoked")
    assert failure(post("new", headers=member)) == (401, "token_revoked")
    assert keys() == [(2, "k0")]


def test_kept_answer_of_a_deleted_account_is_not_given_away(app, post, member):
    """Between the deletion and the removal of its last key."""
    post("one")
    with app.app_context():
        accounts.locked_account(db.session, 1).deleted_at = datetime.now(UTC)
        db.session.commit()

    assert failure(post("one", headers=member)) == (401, "token_revoked")


def test_answer_of_any_size_comes_back_as_it_was(app, post):
    text = 'Zoë "said"\n' * 180
    first = post("one", title="It", description=text, subjects=["é" * 50, "\U0001f4da"])

    again = post("one", title="It", description=text, subjects=["é" * 50, "\U0001f4da"])

    assert json.loads(again.get_data())["data"]["description"] == text.strip()
    assert again.get_data() == first.get_data()
