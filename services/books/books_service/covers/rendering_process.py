"""The process in which an image is decoded: ``python -m books_service.covers.rendering_process MEDIA_TYPE``.

The image is its standard input. It writes one line of JSON, then the files that the line gives the lengths of. It can
use so much memory and time and no more, write no file, and knows nothing of the service: what a hostile image makes of
a decoder ends with it.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

TOO_MANY_PIXELS = "too_many_pixels"
UNREADABLE = "unreadable"

# Room for the largest images that are taken (bounds.py), the interpreter and its libraries.
MEMORY_BYTES = 320 * 1024 * 1024
PROCESSOR_SECONDS = 10


def confine() -> None:
    """Bound what this process may use, and let it be the first that ends when memory is short."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(media_type: str) -> None:
    """Render standard input and write to standard output what came of it."""
    # After the bounds, which hold for the libraries too.
    from books_service.covers import rendering

    answer: dict[str, Any]
    content = b""
    try:
        rendered = rendering.render(sys.stdin.buffer, media_type)
    except (rendering.TooManyPixels, MemoryError):
        answer = {"refused": TOO_MANY_PIXELS}
    except rendering.Unreadable:
        answer = {"refused": UNREADABLE}
    else:
        answer = {
            "width": rendered.width,
            "height": rendered.height,
            "lengths": {name: len(content) for name, content in rendered.files.items()},
        }
        content = b"".join(rendered.files.values())
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)


if __name__ == "__main__":
    confine()
    main(sys.argv[1])
