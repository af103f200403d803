"""Asks a health address and exits with 0 when it answers 200; the images hold no other HTTP client."""

from __future__ import annotations

import http.client
import sys
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 4


def main(url: str) -> int:
    """Return the exit code for ``url``."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path)
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
