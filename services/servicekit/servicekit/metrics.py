"""What a service counts about itself for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter

REVOCATION_UNKNOWN = Counter(
    "colophon_revocation_unknown",
    "Verified access tokens of which nobody could tell whether they are revoked, by what became of them.",
    ["decision"],
)
