"""Works that are deleted while books join or leave them, on real commits."""

from __future__ import annotations

from books_service.books import operations as book_operations
from books_service.books import queries as book_queries
from books_service.extensions import db
from books_service.works import operations, queries
from books_service.works.errors import WorkNotFound, WorkUnknown
from servicekit.entity_tags import IfMatch


def move(book_id, work_id):
    return book_operations.update_book(
        db.session, 1, (), book_id, {"work_id": work_id}, "reject", if_match=IfMatch()
    ).book_id


def test_a_work_that_is_deleted_while_books_join_it_leaves_no_book_behind(app, at_once, make_lasting_book):
    for _ in range(5):
        with app.app_context():
            work_id, other_id = (operations.create_work(db.session, {"title": title}) for title in ("A", "B"))
        inside = [make_lasting_book(f"In {number}", work_id=work_id) for number in range(4)]
        outside = [make_lasting_book(f"Out {number}") for number in range(2)]

        outcomes = at_once(
            lambda work_id=work_id: operations.delete_work(db.session, 4, work_id, if_match=IfMatch()),
            lambda work_id=work_id: operations.delete_work(db.session, 4, work_id, if_match=IfMatch()),
            *[lambda book=book, work=work_id: move(book, work) for book in outside],
            *[lambda book=book, work=other_id: move(book, work) for book in inside[:2]],
            lambda book=inside[2]: move(book, None),
            lambda work=work_id: (
                book_operations.create_book(db.session, 1, {"title": "New", "work_id": work}, "reject").book_id
            ),
        )

        assert {type(outcome) for outcome in outcomes[:2]} == {type(None), WorkNotFound}
        assert all(isinstance(outcome, (int, WorkUnknown)) for outcome in outcomes[2:]), outcomes
        assert all(isinstance(outcome, int) for outcome in outcomes[4:7]), outcomes
        with app.app_context():
            works = [book_queries.get_book(db.session, book)["work_id"] for book in [*inside, *outside]]
            assert works == [other_id, other_id, None, None, None, None]
            assert queries.get_work(db.session, other_id)["editions_count"] == 2
