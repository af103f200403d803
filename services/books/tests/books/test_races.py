"""Requests that happen at once, on real commits."""

from __future__ import annotations

from werkzeug.datastructures import ETags

from books_service.authors import operations as author_operations
from books_service.authors.errors import AuthorInUse
from books_service.books import operations, queries
from books_service.books.contributors import Contributor
from books_service.books.errors import BookNotFound, IsbnAlreadyTaken
from books_service.extensions import db
from servicekit.entity_tags import IfMatch, PreconditionFailed


def create(title, *authors, **values):
    contributors = [Contributor(name) for name in authors]
    return operations.create_book(db.session, 1, {"title": title, "authors": contributors, **values}, "reject")


def book_of(app, book_id):
    with app.app_context():
        return queries.get_book(db.session, book_id)


def test_two_books_with_one_new_author_make_one_author(app, at_once):
    for turn in range(5):
        saved = at_once(*[lambda turn=turn: create("T", f"New {turn}")] * 4)

        authors = {book_of(app, one.book_id)["contributors"][0]["id"] for one in saved}
        assert len(authors) == 1


def test_the_same_new_authors_in_opposite_orders_do_not_deadlock(app, at_once):
    for turn in range(5):
        names = [f"{turn} {number}" for number in range(20)]
        saved = at_once(
            lambda names=names: create("T", *names),
            lambda names=names: create("T", *names[::-1]),
            lambda names=names: create("T", *names[10:], *names[:10]),
        )

        assert all(isinstance(one, operations.Saved) for one in saved), saved


def test_one_isbn_at_once_makes_one_book(app, at_once):
    outcomes = at_once(*[lambda: create("T", isbn="9780441172719")] * 4)

    kinds = [type(outcome) for outcome in outcomes]
    assert (kinds.count(operations.Saved), kinds.count(IsbnAlreadyTaken)) == (1, 3)


def test_updates_at_once_are_all_counted_as_versions(app, at_once, make_lasting_book):
    book_id = make_lasting_book("T")

    def change(year):
        return operations.update_book(db.session, 1, set(), book_id, {"year": year}, "reject", if_match=IfMatch())

    outcomes = at_once(*[lambda year=year: change(year) for year in range(1, 5)])

    assert all(isinstance(one, operations.Saved) for one in outcomes), outcomes
    assert book_of(app, book_id)["version"] == 5


def test_isbn_given_to_two_books_at_once_is_one_conflict(app, at_once, make_lasting_book):
    ids = [make_lasting_book(f"T{number}") for number in range(2)]

    def change(book_id):
        return operations.update_book(
            db.session, 1, set(), book_id, {"isbn": "9780441172719"}, "reject", if_match=IfMatch()
        )

    outcomes = at_once(*[lambda book_id=book_id: change(book_id) for book_id in ids])

    assert [type(outcome) for outcome in outcomes].count(IsbnAlreadyTaken) == 1


def test_update_of_a_book_that_is_deleted_at_once_ends_either_way(app, at_once, make_lasting_book):
    for _ in range(5):
        book_id = make_lasting_book("T", "Ann")
        updated, deleted = at_once(
            lambda book_id=book_id: operations.update_book(
                db.session, 1, set(), book_id, {"authors": [Contributor("Ben")]}, "reject", if_match=IfMatch()
            ),
            lambda book_id=book_id: operations.delete_book(db.session, 4, book_id, if_match=IfMatch()),
        )

        assert deleted is None
        assert isinstance(updated, (operations.Saved, BookNotFound)), updated


def test_renaming_an_author_while_books_take_the_name_leaves_no_old_name_behind(app, at_once, make_lasting_book):
    for turn in range(5):
        old, new = f"Old {turn}", f"New {turn}"
        book_id = make_lasting_book("T", old)
        other_id = make_lasting_book("U")
        author_id = book_of(app, book_id)["contributors"][0]["id"]
        outcomes = at_once(
            lambda author_id=author_id, new=new: author_operations.update_author(
                db.session, 3, author_id, {"name": new}, if_match=IfMatch()
            ),
            lambda old=old: create("V", old),
            lambda book_id=book_id: operations.update_book(
                db.session, 1, set(), book_id, {"title": "W"}, "reject", if_match=IfMatch()
            ),
            lambda other_id=other_id, old=old: operations.update_book(
                db.session,
                1,
                set(),
                other_id,
                {"authors": [Contributor("Z"), Contributor(old)]},
                "reject",
                if_match=IfMatch(),
            ),
        )

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        for one in (book_id, other_id, outcomes[1].book_id):
            book = book_of(app, one)
            assert book["author"] == ", ".join(row["name"] for row in book["contributors"])


def test_one_of_several_editors_with_the_same_tag_wins(app, at_once, make_lasting_book):
    tag = IfMatch(ETags(["1"]))
    for _ in range(5):
        book_id = make_lasting_book("T")
        outcomes = at_once(
            *[
                lambda year=year, book_id=book_id: operations.update_book(
                    db.session, 1, set(), book_id, {"year": year}, "reject", if_match=tag
                )
                for year in range(1, 4)
            ],
            lambda book_id=book_id: operations.update_book(
                db.session, 1, set(), book_id, {"authors": [Contributor("Ann")]}, "reject", if_match=tag
            ),
        )

        kinds = [type(outcome) for outcome in outcomes]
        assert (kinds.count(operations.Saved), kinds.count(PreconditionFailed)) == (1, 3), outcomes
        assert book_of(app, book_id)["version"] == 2


def test_one_of_two_curators_with_the_same_tag_renames_the_author(app, at_once, make_lasting_book):
    for turn in range(5):
        author_id = book_of(app, make_lasting_book("T", f"Ann {turn}"))["contributors"][0]["id"]
        outcomes = at_once(
            *[
                lambda name=name, author_id=author_id: author_operations.update_author(
                    db.session, 3, author_id, {"name": name}, if_match=IfMatch(ETags(["1"]))
                )
                for name in (f"Ben {turn}", f"Cid {turn}")
            ]
        )

        kinds = [type(outcome) for outcome in outcomes]
        assert kinds.count(PreconditionFailed) == 1, outcomes
        assert outcomes.count(None) == 1, outcomes


def test_author_who_is_deleted_while_a_book_takes_the_name_ends_either_way(app, at_once, make_lasting_book):
    for turn in range(8):
        name = f"Ann {turn}"
        first_id = make_lasting_book("T", name)
        other_id = make_lasting_book("U")
        author_id = book_of(app, first_id)["contributors"][0]["id"]
        with app.app_context():
            operations.delete_book(db.session, 4, first_id, if_match=IfMatch())
        deleted, created, updated = at_once(
            lambda author_id=author_id: author_operations.delete_author(db.session, 4, author_id, if_match=IfMatch()),
            lambda name=name: create("V", name),
            lambda name=name, other_id=other_id: operations.update_book(
                db.session, 1, set(), other_id, {"authors": [Contributor(name)]}, "reject", if_match=IfMatch()
            ),
        )

        assert deleted is None or isinstance(deleted, AuthorInUse), deleted
        # The books have the old author or a new one, the same.
        ids = {book_of(app, saved.book_id)["contributors"][0]["id"] for saved in (created, updated)}
        assert len(ids) == 1
        assert (ids == {author_id}) is (deleted is not None)
