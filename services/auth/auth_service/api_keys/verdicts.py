"""Whether a key that was found may be exchanged for an access token, from where it comes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping

from auth_service.api_keys.addresses import is_allowed
from auth_service.api_keys.errors import ApiKeyAddressNotAllowed, ApiKeyExpired, ApiKeyRevoked


def end_of_use(key: RowMapping, address: str | None, *, now: datetime) -> datetime | None:
    """Return until when the secret that found ``key`` works, None when there is no end.

    ``key`` is a row of ``queries.find_by_secret``.

    Raises:
        ApiKeyRevoked, ApiKeyExpired, ApiKeyAddressNotAllowed: it does not work.
    """
    if key["revoked_at"] is not None or key["owner_disabled_at"] is not None:
        raise ApiKeyRevoked
    ends = [key["expires_at"]] if key["is_current_secret"] else [key["expires_at"], key["previous_valid_until"]]
    end = min((end for end in ends if end is not None), default=None)
    if end is not None and end <= now:
        raise ApiKeyExpired
    if not is_allowed(address, key["allowed_addresses"]):
        raise ApiKeyAddressNotAllowed
    return end
