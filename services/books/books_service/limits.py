"""The rate limits of the books service: name, setting and key of each. Anonymous reads are the gateway's to limit."""

from __future__ import annotations

from servicekit.limits import account_or_address, create_limiter, is_anonymous, named_limit, unlimited

__all__ = ["FIGURES", "cover_uploads", "limiter", "lookups", "reads", "unlimited", "writes"]

limiter = create_limiter()

FIGURES = ("rate_limit_signed_in_reads", "rate_limit_writes", "rate_limit_isbn_lookups", "rate_limit_cover_uploads")

reads = named_limit(limiter, "reads", "rate_limit_signed_in_reads", account_or_address, exempt_when=is_anonymous)
# Anonymous ones, too: the gateway counts anonymous reads by their method, and these are sent by POST.
lookups = named_limit(limiter, "isbn-lookups", "rate_limit_isbn_lookups", account_or_address)
writes = named_limit(limiter, "writes", "rate_limit_writes", account_or_address)
cover_uploads = named_limit(limiter, "cover-uploads", "rate_limit_cover_uploads", account_or_address)
