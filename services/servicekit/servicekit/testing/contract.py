"""A test client that holds every answer against the OpenAPI document, so that document and code cannot part ways."""

# ruff: noqa: S101 - a failed check here is a failed test

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException

from servicekit.blueprint import openapi_document
from servicekit.challenges import BEARER
from servicekit.envelope import CHALLENGED_STATUSES

PATH_PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


class ContractClient(FlaskClient):
    """Flask's test client; an undocumented status, a body unlike its schema or a missing challenge fails the test.

    So does a tag that stood for something else before, for what a tag leaves out is told as unchanged.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bodies_by_tag: dict[tuple[str, str], bytes] = {}

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send the request and return the response after checking it."""
        response = super().open(*args, **kwargs)
        self._check(response)
        return response

    def _check(self, response: Any) -> None:
        if response.status_code in CHALLENGED_STATUSES:
            assert response.headers["WWW-Authenticate"].startswith(BEARER)
        environ = response.request.environ
        if environ["REQUEST_METHOD"] == "GET" and response.status_code == 200 and "ETag" in response.headers:
            tag = (response.request.url, response.headers["ETag"])
            assert self._bodies_by_tag.setdefault(tag, response.get_data()) == response.get_data()
        document = _document(self.application)
        try:
            rule, _ = self.application.url_map.bind_to_environ(environ).match(return_rule=True)
        except HTTPException:
            assert response.get_json()["success"] is False
            return
        path = PATH_PARAMETER.sub(r"{\1}", rule.rule)
        operation = document["paths"].get(path, {}).get(environ["REQUEST_METHOD"].lower())
        if operation is None:
            return
        status = str(response.status_code)
        assert status in operation["responses"], f"{environ['REQUEST_METHOD']} {path} answers an undocumented {status}"
        documented = operation["responses"][status]
        if "$ref" in documented:
            documented = document["components"]["responses"][documented["$ref"].rpartition("/")[2]]
        content = documented.get("content")
        if content is None:
            assert response.get_data() == b"", f"{path} documents no body for {status}"
            return
        assert response.mimetype == "application/json"
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        Draft202012Validator(schema).validate(response.get_json())


def _document(app: Any) -> dict[str, Any]:
    if "contract_document" not in app.extensions:
        app.extensions["contract_document"] = openapi_document(app.extensions["api"])
    document: dict[str, Any] = app.extensions["contract_document"]
    return document
