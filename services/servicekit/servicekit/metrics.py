"""What a service counts about itself, in the words of Prometheus.

Under gunicorn the processes of a container count in files of one folder, which are added up when they are read. The
library decides at its first import whether it does so, from ``PROMETHEUS_MULTIPROC_DIR``, which gunicorn's settings
alone set (``gunicorn.py``): commands and tests count in their own memory.
"""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

# The format of ``metrics_text``.
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

REVOCATION_UNKNOWN = Counter(
    "colophon_revocation_unknown",
    "Verified access tokens of which nobody could tell whether they are revoked, by what became of them.",
    ["decision"],
)
KEY_RING_RELOAD_FAILURES = Counter(
    "colophon_key_ring_reload_failures",
    "Looks at a changed key ring that could not be used; the last good one stayed in use.",
)


def metrics_text() -> bytes:
    """Return every metric of this service, those of all processes of its container added up."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
