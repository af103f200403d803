"""Bodies that take back what was read."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError, fields

from servicekit.read_back import ReadBackSchema


class BoxSchema(ReadBackSchema):
    """What may be changed of a box, and what only the server sets."""

    label = fields.String()
    password = fields.String(load_only=True)
    id = fields.Integer(dump_only=True)
    links = fields.Dict(dump_only=True)


def test_members_that_only_the_server_sets_are_ignored_whatever_they_hold():
    assert BoxSchema().load({"label": "A", "id": "no number", "links": None}) == {"label": "A"}
    assert BoxSchema().load({"id": 7}) == {}


def test_members_that_are_only_taken_in_are_kept():
    assert BoxSchema().load({"password": "secret"}) == {"password": "secret"}


def test_unknown_members_are_refused_by_name():
    with pytest.raises(ValidationError) as refusal:
        BoxSchema().load({"label": "A", "lable": "B", "id": 7})

    assert list(refusal.value.normalized_messages()) == ["lable"]
