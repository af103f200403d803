"""Merges the OpenAPI documents of the services into one of the whole API, which the gateway serves.

    merge_openapi.py DOCUMENT.json [DOCUMENT.json ...]

Two services may share a component only when it is the same in both; a path or an operation id belongs to one service.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

INFO = {
    "title": "Colophon",
    "version": "1",
    "description": (
        "A self-hosted book catalogue. Register, sign in, and send the access token as `Authorization: Bearer`; "
        "programs send an API key as `X-API-Key` in its place. Reading the catalogue needs no account."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}


class MergeConflict(Exception):
    """Two documents say different things under one name; ``conflicts`` lists all of them."""

    def __init__(self, conflicts: list[str]) -> None:
        self.conflicts = conflicts
        super().__init__("\n".join(["The documents contradict each other:", *conflicts]))


def merge(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one OpenAPI document of ``documents``.

    Raises:
        MergeConflict: a path or an operation id twice, or a component that differs.
    """
    merged: dict[str, Any] = {
        "openapi": documents[0]["openapi"],
        "info": INFO,
        "servers": [{"url": "/"}],
        "tags": [],
        "paths": {},
        "components": {},
    }
    conflicts: list[str] = []
    operation_ids: set[str] = set()
    for document in documents:
        if document["openapi"] != merged["openapi"]:
            conflicts.append(f"OpenAPI version {document['openapi']}")
        for path, item in document["paths"].items():
            if path in merged["paths"]:
                conflicts.append(f"path {path}")
            merged["paths"][path] = item
            for operation_id in _operation_ids(item):
                if operation_id in operation_ids:
                    conflicts.append(f"operation id {operation_id}")
                operation_ids.add(operation_id)
        for kind, components in document.get("components", {}).items():
            known = merged["components"].setdefault(kind, {})
            conflicts += [f"{kind} {name}" for name, value in components.items() if known.get(name, value) != value]
            known.update(components)
        merged["tags"] += document.get("tags", [])
    if conflicts:
        raise MergeConflict(conflicts)
    return merged


def _operation_ids(path_item: dict[str, Any]) -> list[str]:
    return [operation["operationId"] for operation in path_item.values() if "operationId" in operation]


def main(paths: list[str]) -> int:
    """Print the merged document and return the exit code."""
    try:
        merged = merge([json.loads(Path(path).read_text("utf-8")) for path in paths])
    except MergeConflict as conflict:
        sys.stderr.write(f"{conflict}\n")
        return 1
    json.dump(merged, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
