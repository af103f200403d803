"""Entity tags and preconditions."""

from __future__ import annotations

import pytest
from flask import Flask

from servicekit.entity_tags import PreconditionFailed, entity_tag, requested_if_match


def precondition(*headers):
    with Flask("example").test_request_context("/", headers=[("If-Match", header) for header in headers]):
        return requested_if_match()


def test_tag_of_a_row_is_its_version_in_quotes():
    assert entity_tag(7) == {"ETag": '"7"'}


@pytest.mark.parametrize("headers", [(), ('"7"',), ('"6", "7"',), ("*",), ('"6"', '"7"')])
def test_row_that_the_request_names_or_leaves_open_may_be_changed(headers):
    precondition(*headers).check(7)


@pytest.mark.parametrize("header", ['"6"', '"77"', 'W/"7"', "", " ", '"', "nonsense", '"7', '"6", W/"7"', "x" * 5000])
def test_row_that_the_request_does_not_name_is_kept(header):
    with pytest.raises(PreconditionFailed):
        precondition(header).check(7)
