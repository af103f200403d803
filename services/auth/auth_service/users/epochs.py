"""The epoch of a user: a counter that every access token of theirs carries."""

from __future__ import annotations

from auth_service.users.models import User
from servicekit.revocation import user_name


def end_epoch(user: User) -> str:
    """Begin another epoch of a locked ``user`` and return the name under which the tokens of the old one are revoked.

    Sessions go on: their next access token, got by a refresh, carries the new epoch and the state of the account.
    """
    ended = user.token_epoch
    user.token_epoch = ended + 1
    return user_name(user.id, ended)
