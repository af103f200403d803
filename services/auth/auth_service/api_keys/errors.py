"""What can go wrong with API keys."""

from __future__ import annotations

from collections.abc import Iterable

from servicekit.envelope import ApiError, ValidationFailed


class ApiKeyNotFound(ApiError):
    """The caller has no API key with this id."""

    code, status, message = "api_key_not_found", 404, "There is no such API key."


class ApiKeyNotLive(ApiError):
    """The key is revoked or has expired, which nothing undoes."""

    code, status, message = "api_key_not_live", 409, "The API key is revoked or has expired; make a new one."


class TooManyApiKeys(ApiError):
    """The account has as many live keys as an account may have."""

    code, status, message = "too_many_api_keys", 409, "The account has too many API keys; revoke one first."


class ScopesNotGrantable(ValidationFailed):
    """The owner cannot give these scopes away, having them not or not for keys."""

    def __init__(self, scopes: Iterable[str]) -> None:
        super().__init__(details={"scopes": [f"Not yours to give: {', '.join(scopes)}."]})


class ExpiryNotAhead(ValidationFailed):
    """The key would be over before it begins."""

    def __init__(self) -> None:
        super().__init__(details={"expires_at": ["Must be in the future."]})


class ApiKeyRefused(ApiError):
    """A key is not exchanged for an access token; the status is that which the gateway answers with."""


class ApiKeyUnknown(ApiKeyRefused):
    """No key has this secret, or not any more."""

    code, status, message = "api_key_unknown", 401, "The API key is not known."


class ApiKeyExpired(ApiKeyRefused):
    """The time of the key is over, or that of the secret before its last rotation."""

    code, status, message = "api_key_expired", 401, "The API key has expired."


class ApiKeyRevoked(ApiKeyRefused):
    """The key was revoked, or its owner is disabled."""

    code, status, message = "api_key_revoked", 401, "The API key has been revoked."


class ApiKeyAddressNotAllowed(ApiKeyRefused):
    """The allow list of the key does not hold the caller's address."""

    code, status = "api_key_address_not_allowed", 403
    message = "The API key may not be used from this address."
