"""What an answer 401 or 403 says in ``WWW-Authenticate`` about the credentials that would do (RFC 6750, section 3)."""

from __future__ import annotations

# No error where the client sent no credentials, or where they are not what is wrong.
BEARER = 'Bearer realm="colophon"'
INVALID_TOKEN = f'{BEARER}, error="invalid_token"'


def insufficient_scope(scope: str) -> str:
    """Return the challenge of an answer that a token with ``scope`` would not have got (RFC 6750, section 3.1)."""
    return f'{BEARER}, error="insufficient_scope", scope="{scope}"'
