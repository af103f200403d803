"""Passwords: which are acceptable (NIST SP 800-63B-4, section 3.1.1) and how they are kept (Argon2id, RFC 9106)."""

from __future__ import annotations

import re
import unicodedata

import argon2
import structlog

from auth_service.users.common_passwords import common_passwords
from auth_service.users.names import normalized_email, normalized_username

log = structlog.get_logger(__name__)

MINIMUM_CHARACTERS = 8
MAXIMUM_CHARACTERS = 128
PARALLELISM = 1
# What anybody would try first at a catalogue of this name; a test keeps docs/security.md equal.
CONTEXT_WORDS = (
    "admin administrator author book books bookshelf catalog catalogue colophon librarian library login member "
    "password reader user welcome"
)
MADE_OF_CONTEXT_WORDS = re.compile(f"(?:{CONTEXT_WORDS.replace(' ', '|')})+")


def password_problems(password: str) -> list[str]:
    """Return every reason why ``password`` is nobody's to choose; empty when there is none."""
    password = _composed(password)
    problems = []
    if not MINIMUM_CHARACTERS <= len(password) <= MAXIMUM_CHARACTERS:
        problems.append(f"Must be {MINIMUM_CHARACTERS} to {MAXIMUM_CHARACTERS} characters long.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        problems.append("Control characters are not allowed.")
    if password.casefold() in common_passwords():
        problems.append("Is one of the most common passwords.")
    elif MADE_OF_CONTEXT_WORDS.fullmatch("".join(filter(str.isalpha, password.casefold()))):
        problems.append("Is made of nothing but words that anybody would try here.")
    return problems


def personal_problems(password: str, *, email: str, username: str | None, name: str | None) -> list[str]:
    """Return every reason why ``password`` is not acceptable for the account with these names."""
    guess = _composed(password).casefold()
    problems = []
    address = normalized_email(email) or email.casefold()
    if guess in (email.casefold(), address, address.partition("@")[0]):
        problems.append("Must not be the e-mail address or the part of it before the @.")
    if username is not None and guess in (username.casefold(), normalized_username(username)):
        problems.append("Must not be the username.")
    if name is not None and guess == _composed(name).casefold():
        problems.append("Must not be the name.")
    return problems


class Passwords:
    """Makes and checks password hashes with the parameters of this installation.

    Args:
        memory_kib, time_cost: the cost of one hash.
        minimum_characters: how long a password has to be here, at least ``MINIMUM_CHARACTERS``.
    """

    def __init__(self, *, memory_kib: int, time_cost: int, minimum_characters: int = MINIMUM_CHARACTERS) -> None:
        self._minimum_characters = minimum_characters
        self._hasher = argon2.PasswordHasher(memory_cost=memory_kib, time_cost=time_cost, parallelism=PARALLELISM)
        self._hash_of_nobody = self._hasher.hash("")

    def problems(self, password: str) -> list[str]:
        """Return every reason why ``password`` is nobody's to choose in this installation."""
        problems = password_problems(password)
        if MINIMUM_CHARACTERS <= len(_composed(password)) < self._minimum_characters:
            problems.append(f"Must be at least {self._minimum_characters} characters long.")
        return problems

    def hash(self, password: str) -> str:
        """Return the hash of ``password`` to be stored."""
        return self._hasher.hash(_composed(password))

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Return whether ``password_hash`` was made of ``password``.

        Without a hash, because there is no such account, the answer is False after the same work.
        """
        try:
            self._hasher.verify(password_hash or self._hash_of_nobody, _composed(password))
        except argon2.exceptions.VerifyMismatchError:
            return False
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError) as error:
            log.error("password_hash_unusable", reason=type(error).__name__)
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Return whether ``password_hash`` was made with other parameters than those in force."""
        return self._hasher.check_needs_rehash(password_hash)


def _composed(password: str) -> str:
    """Return ``password`` in NFC, as keyboards differ in how they send a character (RFC 8265, section 4.2.2)."""
    return unicodedata.normalize("NFC", password)
