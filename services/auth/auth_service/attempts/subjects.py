"""What attempts are counted by, under keyed hashes: who reads the table without the key learns no name or address."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from servicekit.addresses import counted_address

# The name that a sign-in gives, whether or not there is such an account: all that anybody tries with it.
ACCOUNT = "account"
# That name at one address.
ACCOUNT_AT_ADDRESS = "account_at_address"
# One address: all that anybody tries from it.
ADDRESS = "address"
# A user who is signed in and proves the password once more.
CONFIRMATION = "confirmation"
# A user who has given the password and gives a code of the second factor.
SECOND_FACTOR = "second_factor"
# A user who is signed in and confirms a change with such a code. It has a counter of its own: what the password clears
# must not be what guesses of codes are counted by, nor may a stolen access token hold back sign-ins.
CODE_CONFIRMATION = "code_confirmation"


@dataclass(frozen=True, slots=True)
class Subject:
    """One counter that an attempt counts for; ``user_id`` is the account's, if there is one."""

    kind: str
    subject_hash: str
    user_id: int | None = None


class Subjects:
    """Tells what an attempt counts for.

    Args:
        key: what the hashes are keyed with.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_sign_in(self, name: tuple[str, str], *, address: str | None, user_id: int | None) -> tuple[Subject, ...]:
        """Return what a sign-in counts for that gives ``name`` (see ``users.names.login_name``).

        It counts by that name, not by the account: if the two names of an account had one counter, anybody could find
        out which names belong together.
        """
        account = Subject(ACCOUNT, self._hash(ACCOUNT, *name), user_id)
        if address is None:
            return (account,)
        here = counted_address(address)
        at_address = Subject(ACCOUNT_AT_ADDRESS, self._hash(ACCOUNT_AT_ADDRESS, *name, here), user_id)
        return (account, at_address, self.of_address(address))

    def of_address(self, address: str) -> Subject:
        """Return what everything from ``address`` counts for."""
        return Subject(ADDRESS, self._hash(ADDRESS, counted_address(address)))

    def of_second_factor(self, user_id: int, *, address: str | None) -> tuple[Subject, ...]:
        """Return what a code of the second factor counts for at a sign-in, however often the password is given."""
        codes = self.of_user(SECOND_FACTOR, user_id)
        return codes if address is None else (*codes, self.of_address(address))

    def of_user(self, kind: str, user_id: int) -> tuple[Subject, ...]:
        """Return what an attempt of ``kind`` counts for that a known user makes, wherever from."""
        return (Subject(kind, self._hash(kind, str(user_id)), user_id),)

    def _hash(self, *parts: str) -> str:
        return hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()
