"""What happens between two steps of signing in and refreshing, brought about on purpose."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, event, select, update

from auth_service.audit.origin import OPERATOR
from auth_service.extensions import db
from auth_service.sessions import operations
from auth_service.sessions.errors import InvalidCredentials, RefreshTokenInvalid
from auth_service.sessions.models import UserSession
from auth_service.users.models import User
from auth_service.users.passwords import Passwords


class InterruptedPasswords(Passwords):
    """Passwords that let something happen right after the first check."""

    def __init__(self, interruption):
        super().__init__(memory_kib=8, time_cost=1)
        self.interruptions = [interruption]

    def matches(self, password, password_hash):
        """Return what the real one does, after letting something happen once."""
        answer = super().matches(password, password_hash)
        if self.interruptions:
            self.interruptions.pop()()
        return answer


@pytest.fixture(name="elsewhere")
def _elsewhere(app, truncated, empty_redis):
    """Return a function that runs a statement in a transaction of its own."""

    def execute(statement):
        with app.app_context():
            db.session.execute(statement)
            db.session.commit()

    return execute


@pytest.fixture(name="sign_in")
def _sign_in(app):
    """Return a function that signs a person in with an interruption, and gives the role in the answer."""

    def sign_in(person, interruption):
        with app.app_context():
            _, user = operations.sign_in(
                db.session,
                InterruptedPasswords(interruption),
                app.extensions["wiring"].attempts,
                app.extensions["wiring"].mfa_requirement,
                app.extensions["wiring"].issuer,
                app.extensions["wiring"].refresh_tokens,
                email=person.email,
                username=None,
                password=person.password,
                origin=OPERATOR,
                now=datetime.now(UTC),
            )
            return user["role"]

    return sign_in


def sessions_of(app, person):
    with app.app_context():
        return len(db.session.scalars(select(UserSession.id).where(UserSession.user_id == person.id)).all())


def test_password_changed_meanwhile_no_longer_signs_in(app, elsewhere, sign_in, add_person):
    person = add_person()
    other = Passwords(memory_kib=8, time_cost=1).hash("another password")

    with pytest.raises(InvalidCredentials):
        sign_in(person, lambda: elsewhere(update(User).values(password_hash=other)))

    assert sessions_of(app, person) == 1


def test_hash_renewed_meanwhile_still_signs_in(elsewhere, sign_in, add_person):
    person = add_person()
    renewed = Passwords(memory_kib=16, time_cost=1).hash(person.password)

    assert sign_in(person, lambda: elsewhere(update(User).values(password_hash=renewed))) == "user"


def test_user_deleted_meanwhile_does_not_sign_in(elsewhere, sign_in, add_person):
    person = add_person()

    with pytest.raises(InvalidCredentials):
        sign_in(person, lambda: elsewhere(delete(User)))


def test_role_changed_meanwhile_is_the_role_of_the_session(elsewhere, sign_in, add_person):
    person = add_person()

    assert sign_in(person, lambda: elsewhere(update(User).values(role="librarian"))) == "librarian"


def test_session_deleted_while_it_is_refreshed_is_not_continued(app, elsewhere, add_person):
    person = add_person()
    parts = app.extensions["wiring"]

    interruptions = [delete(UserSession)]

    def interrupt(_connection, _cursor, statement, *_):
        if "FROM auth.refresh_tokens" in statement and interruptions:
            elsewhere(interruptions.pop())

    with app.app_context():
        event.listen(db.engine, "after_cursor_execute", interrupt)
        try:
            with pytest.raises(RefreshTokenInvalid):
                operations.refresh(
                    db.session,
                    parts.mfa_requirement,
                    parts.issuer,
                    parts.refresh_tokens,
                    parts.revocation,
                    person.refresh_token,
                    origin=OPERATOR,
                    now=datetime.now(UTC),
                )
        finally:
            event.remove(db.engine, "after_cursor_execute", interrupt)
