"""Tokens as other services and standard clients handle them: revocation (RFC 7009), introspection (RFC 7662)."""
