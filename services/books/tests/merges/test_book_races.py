"""Merges of books beside everything else that happens to them, on real commits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from books_service.accounts import operations as accounts
from books_service.accounts.events import APPLIED, DELETED, AccountEvent
from books_service.books import operations as books
from books_service.books.errors import BookNotFound
from books_service.books.models import Book
from books_service.extensions import db
from books_service.imports.models import ImportedRecord
from books_service.imports.operations import store_rows
from books_service.imports.rows import ImportRow
from books_service.merges import operations
from books_service.merges.errors import LaterMergeStands, MergeAlreadyUndone, MergeTargetGone
from books_service.merges.models import Merge, MergedRow
from books_service.reading_list import operations as reading_list
from books_service.reading_list.errors import BookAlreadyListed
from books_service.reading_list.models import ReadingListEntry
from books_service.reviews import operations as reviews
from books_service.reviews.errors import BookAlreadyReviewed
from books_service.reviews.models import Review
from books_service.works import operations as works
from servicekit.entity_tags import IfMatch
from servicekit.envelope import ValidationFailed

MEMBERS = range(1, 6)
NOT_THERE = (BookNotFound, ValidationFailed)


@pytest.fixture(name="run")
def _run(app, truncated):
    """Runs a function on its own and returns what it returns."""

    def run(function):
        with app.app_context():
            return function()

    return run


@pytest.fixture(name="assert_whole")
def _assert_whole(run):
    """Fails unless figures are those of the reviews and nobody has two rows of one book."""

    def check():
        of_book = (Review.book_id == Book.id,)
        count = select(func.count(Review.id)).where(*of_book).scalar_subquery()
        total = select(func.coalesce(func.sum(Review.rating), 0)).where(*of_book).scalar_subquery()
        wrong = select(Book.id).where((Book.reviews_count != count) | (Book.reviews_sum != total))
        assert run(lambda: db.session.scalars(wrong).all()) == []

    return check


def merge(source_id, into_id):
    return lambda: operations.merge_book(db.session, 3, source_id, into_id)


def undo(merge_id):
    return lambda: operations.undo_merge(db.session, 3, merge_id)


def review(book_id, user_id, rating):
    return lambda: reviews.create_review(db.session, user_id, book_id, {"rating": rating})


def shelve(book_id, user_id):
    return lambda: reading_list.create_entry(db.session, user_id, {"book_id": book_id})


def end(user_id):
    event = AccountEvent("0" * 32, 1, user_id, DELETED, {}, datetime.now(UTC))
    return lambda: accounts.apply_event(db.session, event)


def update(book_id, **values):
    return lambda: books.update_book(db.session, 1, set(), book_id, values, "reject", if_match=IfMatch())


def delete(book_id):
    return lambda: books.delete_book(db.session, 4, book_id, if_match=IfMatch())


def delete_work(work_id):
    return lambda: works.delete_work(db.session, 4, work_id, if_match=IfMatch())


def row(key, title):
    return ImportRow(1, 1, key, {"title": title}, None, title, [])


def unexpected(outcomes, *known):
    return [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, known)]


def test_merges_of_two_books_into_each_other_are_one_merge(at_once, make_lasting_book):
    for _ in range(6):
        one, other = make_lasting_book("T"), make_lasting_book("T")

        outcomes = at_once(merge(one, other), merge(other, one))

        assert [isinstance(one, NOT_THERE) for one in outcomes if not isinstance(one, int)] == [True], outcomes


def test_reviews_written_during_a_merge_are_counted_and_none_is_lost(at_once, make_lasting_book, run, assert_whole):
    for _ in range(8):
        one, other = make_lasting_book("T"), make_lasting_book("T")
        mine, theirs = run(review(one, 1, 5)), run(review(other, 2, 5))

        outcomes = at_once(
            merge(one, other),
            lambda review_id=mine: reviews.update_review(db.session, 1, review_id, {"rating": 1}, if_match=IfMatch()),
            lambda review_id=theirs: reviews.delete_review(db.session, 2, set(), review_id, if_match=IfMatch()),
            review(one, 3, 4),
            review(other, 3, 2),
            shelve(one, 4),
            shelve(other, 4),
        )

        assert not unexpected(outcomes, *NOT_THERE, BookAlreadyListed, BookAlreadyReviewed), outcomes
        assert_whole()
        changed = run(lambda review_id=mine: db.session.get(Review, review_id))
        assert (changed.book_id, changed.rating) == (other, 1)
        entries = select(ReadingListEntry.book_id).where(ReadingListEntry.user_id == 4)
        assert other in run(lambda entries=entries: db.session.scalars(entries).all())


def test_reviews_and_entries_changed_while_merges_come_and_go_stay_whole(at_once, make_lasting_book, run, assert_whole):
    one, other = make_lasting_book("T"), make_lasting_book("T")
    review_ids = [run(review(one, user_id, 3)) for user_id in MEMBERS]
    entry_ids = [run(shelve(one, user_id)) for user_id in MEMBERS]
    merge_id = run(merge(one, other))
    for turn in range(8):
        outcomes = at_once(
            merge(one, other) if turn % 2 else undo(merge_id),
            *[
                lambda user_id=user_id, rating=1 + turn % 5: reviews.update_review(
                    db.session, user_id, review_ids[user_id - 1], {"rating": rating}, if_match=IfMatch()
                )
                for user_id in MEMBERS
            ][:3],
            *[
                lambda user_id=user_id, finished=turn % 2 == 0: reading_list.update_entry(
                    db.session, user_id, entry_ids[user_id - 1], {"finished": finished}, if_match=IfMatch()
                )
                for user_id in MEMBERS
            ][:2],
        )
        assert not unexpected(outcomes), outcomes
        merge_id = outcomes[0] or merge_id
        assert_whole()
    at = run(lambda: set(db.session.scalars(select(Review.book_id))))
    assert (at, run(lambda: db.session.scalar(select(func.count(Review.id))))) == ({other}, len(MEMBERS))


def test_nothing_of_an_ended_account_remains_in_books_nor_in_merges(at_once, make_lasting_book, run, assert_whole):
    for user_id in range(10, 18):
        one, other = make_lasting_book("T", user_id=user_id), make_lasting_book("T")
        for book_id in (one, other)[user_id % 4 == 0 :]:
            run(review(book_id, user_id, 2))
            run(shelve(book_id, user_id))
        merge_id = run(merge(one, other)) if user_id % 2 else None

        outcomes = at_once(end(user_id), undo(merge_id) if merge_id else merge(one, other), review(other, 1, 3))

        assert outcomes[0] == APPLIED
        assert not unexpected(outcomes), outcomes
        for named in (
            Review.user_id,
            ReadingListEntry.user_id,
            MergedRow.user_id,
            Merge.added_by,
            Book.created_by,
            Book.changed_by,
        ):
            assert run(lambda named=named, it=user_id: db.session.scalar(select(func.count()).where(named == it))) == 0
        assert_whole()


def test_merge_beside_changes_deletions_and_undoing_is_made_or_refused(at_once, make_lasting_book, run, assert_whole):
    for turn in range(8):
        one, other, third = (make_lasting_book("T", "Ann") for _ in range(3))
        run(review(one, 1, 2))
        work_id = run(lambda: works.create_work(db.session, {"title": "W"}))
        run(update(one, work_id=work_id))
        merge_id = run(merge(third, other))

        outcomes = at_once(
            merge(one, other),
            undo(merge_id),
            delete_work(work_id),
            update(one, year=1),
            delete(other) if turn % 2 else merge(other, one),
        )

        assert not unexpected(outcomes, *NOT_THERE, MergeTargetGone, LaterMergeStands), outcomes
        assert_whole()


def test_merge_undone_twice_at_once_is_undone_once(at_once, make_lasting_book, run):
    merge_id = run(merge(make_lasting_book("T"), make_lasting_book("T")))

    outcomes = at_once(*[undo(merge_id)] * 3)

    assert [type(outcome) for outcome in outcomes if outcome] == [MergeAlreadyUndone] * 2, outcomes


def test_import_during_a_merge_brings_the_book_not_back(at_once, make_lasting_book, run):
    for turn in range(6):
        titles = [row(f"{turn}-{number}", "Old") for number in (1, 2)]
        run(lambda titles=titles: list(store_rows(db.session, "s", titles, overwrite=False)))
        ids = select(ImportedRecord.book_id).where(ImportedRecord.record_key.startswith(f"{turn}-"))
        one, other = run(lambda ids=ids: db.session.scalars(ids.order_by(ImportedRecord.record_key)).all())

        outcomes = at_once(
            merge(one, other),
            lambda turn=turn: list(store_rows(db.session, "s", [row(f"{turn}-1", "New")], overwrite=False)),
        )

        assert not unexpected(outcomes), outcomes
        assert run(lambda ids=ids: db.session.scalars(ids).all()) == [other, other]
        assert run(lambda: db.session.scalar(select(func.count(Book.id)))) == turn + 1
