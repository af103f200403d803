"""Reviews through their addresses."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from books_service.accounts.models import Account
from books_service.extensions import db

REVIEWS = "/api/v1/reviews"


def failure(response):
    return response.status_code, response.get_json()["error"]["code"]


def ids(response):
    return [item["id"] for item in response.get_json()["data"]]


@pytest.fixture(name="book")
def _book(make_book):
    return make_book("It", "Stephen King", user_id=9)


def of(book):
    return f"/api/v1/books/{book}/reviews"


def test_review_is_created_shown_and_counted(app, client, member, book):
    with app.app_context():
        db.session.execute(insert(Account).values(user_id=1, display_name="Ada"))
        db.session.commit()

    created = client.post(of(book), json={"rating": 4, "text": " Long,\nand good. "}, headers=member)

    assert created.status_code == 201
    review = created.get_json()["data"]
    assert created.headers["Location"] == review["links"]["self"] == f"{REVIEWS}/{review['id']}"
    assert created.headers["ETag"].startswith('"1')
    assert review["book"] == {"id": book, "title": "It", "author": "Stephen King"}
    assert review["reviewer"] == {"id": 1, "name": "Ada"}
    assert (review["rating"], review["text"], review["version"]) == (4, "Long,\nand good.", 1)
    assert client.get(review["links"]["self"]).get_json()["data"] == review
    for link in ("reviews", "reviewer"):
        assert client.get(review["links"][link]).get_json()["data"] == [review]
    shown = client.get(review["links"]["book"]).get_json()["data"]
    assert shown["reviews"] == {"count": 1, "average": 4.0}
    assert shown["links"]["reviews"] == of(book)


def test_figures_of_a_book_follow_every_change_and_make_no_version_of_it(client, member, book, review, figures):
    before = client.get(f"/api/v1/books/{book}").get_json()["data"]
    assert before["reviews"] == {"count": 0, "average": None}

    own = review(book, 1, 5)["links"]["self"]
    review(book, 2, 2)
    review(book, 3, 3)
    assert figures(book) == (3, 3.33)
    client.patch(own, json={"rating": 1}, headers=member)
    assert figures(book) == (3, 2.0)
    client.patch(own, json={"text": "x"}, headers=member)
    assert figures(book) == (3, 2.0)
    client.delete(own, headers=member)
    assert figures(book) == (2, 2.5)

    after = client.get(f"/api/v1/books/{book}").get_json()["data"]
    # The tag tells of the figures, too.
    followed = {"reviews": None, "etag": None}
    assert {**after, **followed} == {**before, **followed}


def test_second_review_of_a_book_by_one_member_is_a_conflict(client, member, book, review, figures):
    first = review(book, 1, 5)

    refused = client.post(of(book), json={"rating": 1}, headers=member)

    assert failure(refused) == (409, "book_already_reviewed")
    assert figures(book) == (1, 5.0)
    assert ids(client.get(f"{REVIEWS}?user_id=1&book_id={book}")) == [first["id"]]


def test_deleted_review_makes_room_for_another(client, member, book, review, figures):
    assert client.delete(review(book)["links"]["self"], headers=member).status_code == 204
    review(book, rating=2)

    assert figures(book) == (1, 2.0)


def test_book_that_is_deleted_takes_its_reviews_with_it(client, admin, book, make_book, review):
    gone, kept = review(book), review(make_book("Other"))

    assert client.delete(f"/api/v1/books/{book}", headers=admin).status_code == 204

    assert failure(client.get(gone["links"]["self"])) == (404, "review_not_found")
    assert ids(client.get(REVIEWS)) == [kept["id"]]
    assert failure(client.get(of(book))) == (404, "book_not_found")


def test_put_and_patch_change_what_is_sent_and_take_back_what_was_read(client, member, book, review):
    own = review(book, 1, 4, "Good")
    url = own["links"]["self"]

    same = client.put(url, json=own, headers=member)
    assert (same.status_code, same.get_json()["data"]) == (200, own)
    changed = client.put(url, json={**own, "rating": 3}, headers=member).get_json()["data"]
    assert (changed["rating"], changed["text"], changed["version"]) == (3, "Good", 2)
    cleared = client.patch(url, json={"text": None}, headers=member).get_json()["data"]
    assert (cleared["rating"], cleared["text"], cleared["version"]) == (3, None, 3)
    assert failure(client.patch(url, json={"id": 1}, headers=member)) == (400, "nothing_to_update")


def test_only_its_writer_changes_a_review_and_only_admins_else_delete_it(
    client, member, other_member, librarian, admin, book, review, figures
):
    url = review(book, 1, 4)["links"]["self"]

    for headers in (other_member, librarian, admin):
        assert failure(client.put(url, json={"rating": 1}, headers=headers)) == (403, "not_your_review")
        assert failure(client.patch(url, json={"rating": 1}, headers=headers)) == (403, "not_your_review")
    for headers in (other_member, librarian):
        assert failure(client.delete(url, headers=headers)) == (403, "not_your_review")
    assert figures(book) == (1, 4.0)
    assert client.delete(url, headers=admin).status_code == 204
    assert figures(book) == (0, None)


def test_writing_needs_the_scope(client, tokens, book, review):
    url = review(book)["links"]["self"]
    reader = {"Authorization": f"Bearer {tokens.make(1, scope='books:write books:admin')}"}

    assert failure(client.post(of(book), json={"rating": 1}, headers=reader)) == (403, "insufficient_scope")
    assert failure(client.delete(url, headers=reader)) == (403, "insufficient_scope")
    assert failure(client.post(of(book), json={"rating": 1})) == (401, "token_missing")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_change_holds_for_the_named_version_only(client, member, book, review, method):
    url = review(book)["links"]["self"]
    tag = client.get(url).headers["ETag"]
    body = {} if method == "delete" else {"json": {"rating": 5}}

    def change(named):
        return getattr(client, method)(url, headers={**member, "If-Match": named}, **body)

    assert failure(change('"7"')) == (412, "precondition_failed")
    assert client.get(url).headers["ETag"] == tag
    assert change(tag).status_code in (200, 204)


def test_review_is_news_of_its_book_and_no_edit(client, librarian, book, review):
    url = f"/api/v1/books/{book}"
    tag = client.get(url).headers["ETag"]
    review(book)
    counted = client.get(url, headers={"If-None-Match": tag})

    assert (counted.status_code, counted.get_json()["data"]["reviews"]["count"]) == (200, 1)
    assert client.patch(url, headers={**librarian, "If-Match": tag}, json={"year": 1986}).status_code == 200


def test_new_title_of_the_book_is_news_of_the_review_and_no_edit(client, member, librarian, book, review):
    made = review(book)
    url = made["links"]["self"]
    tag = client.get(url).headers["ETag"]
    assert tag == made["etag"] == client.get(REVIEWS).get_json()["data"][0]["etag"]
    client.patch(f"/api/v1/books/{book}", headers=librarian, json={"title": "Another"})

    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200
    assert client.patch(url, headers={**member, "If-Match": tag}, json={"rating": 5}).status_code == 200


def test_lists_are_filtered_sorted_and_paged(client, book, make_book, review):
    other = make_book("Other")
    ratings = {(book, 1): 5, (book, 2): 3, (other, 1): 3, (other, 3): 1}
    made = {key: review(*key, rating)["id"] for key, rating in ratings.items()}

    assert ids(client.get(REVIEWS)) == [*made.values()][::-1]
    assert ids(client.get(f"{REVIEWS}?user_id=1&sort=rating")) == [made[other, 1], made[book, 1]]
    assert ids(client.get(f"{of(other)}?sort=-rating")) == [made[other, 1], made[other, 3]]
    assert ids(client.get(f"{of(other)}?rating=1")) == [made[other, 3]]
    assert ids(client.get(f"{REVIEWS}?rating=3&book_id={book}")) == [made[book, 2]]
    assert ids(client.get(f"{of(book)}?rating=1")) == []
    page = client.get(f"{REVIEWS}?per_page=3&page=2")
    assert (ids(page), page.headers["X-Total-Count"]) == ([made[book, 1]], "4")


def test_books_are_sorted_by_what_members_say(client, make_book, review):
    none, good, best = (make_book(title) for title in ("None", "Good", "Best"))
    review(good, 1, 4)
    review(good, 2, 4)
    review(best, 1, 5)

    assert ids(client.get("/api/v1/books?sort=-review_average")) == [best, good, none]
    assert ids(client.get("/api/v1/books?sort=review_average")) == [good, best, none]
    assert ids(client.get("/api/v1/books?sort=-reviews_count")) == [good, best, none]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rating"),
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": "5"}, "rating"),
        ({"rating": 4.5}, "rating"),
        ({"rating": True}, "rating"),
        ({"rating": None}, "rating"),
        ({"rating": 5, "text": "x" * 5001}, "text"),
        ({"rating": 5, "text": "a\x00b"}, "text"),
        ({"rating": 5, "text": 5}, "text"),
        ({"rating": 5, "user_id": 2}, "user_id"),
        ({"rating": 5, "book_id": 2}, "book_id"),
    ],
)
def test_review_that_cannot_be_is_refused_by_field(client, member, book, figures, body, field):
    answer = client.post(of(book), json=body, headers=member)

    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["details"]) == [field]
    assert figures(book) == (0, None)


def test_text_may_be_as_long_as_it_may_be_and_blank_is_none(book, review):
    assert len(review(book, 1, 5, "x" * 5000)["text"]) == 5000
    assert review(book, 2, 5, " \n ")["text"] is None


@pytest.mark.parametrize("query", ["rating=0", "rating=x", "user_id=0", "book_id=" + "9" * 30, "sort=text", "who=1"])
def test_query_that_makes_no_sense_is_refused(client, query):
    assert client.get(f"{REVIEWS}?{query}").status_code == 422


def test_unknown_book_or_review_is_not_found(client, member):
    assert failure(client.post(of(999), json={"rating": 1}, headers=member)) == (404, "book_not_found")
    assert failure(client.get(of(999))) == (404, "book_not_found")
    url = f"{REVIEWS}/999"
    assert failure(client.get(url)) == (404, "review_not_found")
    assert failure(client.patch(url, json={"rating": 1}, headers=member)) == (404, "review_not_found")
    assert failure(client.delete(url, headers=member)) == (404, "review_not_found")


def test_what_somebody_sends_with_a_book_says_nothing_of_its_reviews(client, librarian, member, book, review, figures):
    review(book, 1, 4)
    read = client.get(f"/api/v1/books/{book}").get_json()["data"]

    sent = {**read, "reviews": {"count": 99, "average": 5.0}, "year": 1986}
    assert client.put(f"/api/v1/books/{book}", json=sent, headers=librarian).status_code == 200
    assert figures(book) == (1, 4.0)
    assert client.patch(f"/api/v1/books/{book}", json={"reviews_count": 9}, headers=librarian).status_code == 422
