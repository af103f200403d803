"""The script that makes one OpenAPI document of several."""

from __future__ import annotations

import importlib.util

import pytest


@pytest.fixture(scope="module", name="script")
def _script(repository):
    spec = importlib.util.spec_from_file_location("merge_openapi", repository / "deploy/scripts/merge_openapi.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def document(path: str, operation_id: str, shared_type: str = "object") -> dict:
    return {
        "openapi": "3.1.0",
        "paths": {path: {"get": {"operationId": operation_id}}},
        "components": {"schemas": {"Shared": {"type": shared_type}}},
        "tags": [{"name": operation_id}],
    }


def test_two_documents_become_one(script):
    merged = script.merge([document("/a", "show_a"), document("/b", "show_b")])

    assert sorted(merged["paths"]) == ["/a", "/b"]
    assert merged["components"]["schemas"] == {"Shared": {"type": "object"}}
    assert [tag["name"] for tag in merged["tags"]] == ["show_a", "show_b"]


@pytest.mark.parametrize(
    ("second", "conflict"),
    [
        (document("/a", "show_b"), "path /a"),
        (document("/b", "show_a"), "operation id show_a"),
        (document("/b", "show_b", "string"), "schemas Shared"),
        ({**document("/b", "show_b"), "openapi": "3.0.3"}, "OpenAPI version 3.0.3"),
    ],
)
def test_a_contradiction_is_refused_by_name(script, second, conflict):
    with pytest.raises(script.MergeConflict) as refused:
        script.merge([document("/a", "show_a"), second])

    assert refused.value.conflicts == [conflict]


def test_the_command_fails_on_a_contradiction(script, tmp_path, capsys):
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text('{"openapi": "3.1.0", "paths": {"/a": {}}}')

    assert script.main([str(tmp_path / "one.json"), str(tmp_path / "two.json")]) == 1
    assert "path /a" in capsys.readouterr().err
