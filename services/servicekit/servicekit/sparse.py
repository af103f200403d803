"""Sparse answers: ``fields=id,title`` shows only these members of what is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from typing import Any

from marshmallow import Schema, ValidationError, fields

from servicekit.filters import listed_values


class FieldNames(fields.Field[frozenset[str]]):
    """Names of members of what ``schema`` documents, with commas between them; without it all are shown."""

    def __init__(self, schema: type[Schema]) -> None:
        self.known = list(_members(schema))
        description = f"Only these members, commas between: {', '.join(self.known)}."
        super().__init__(data_key="fields", metadata={"type": "string", "description": description})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> frozenset[str]:
        names = listed_values(value)
        if not set(names) <= set(self.known):
            raise ValidationError(f"Must be made of: {', '.join(self.known)}.")
        return frozenset(names)


def sparse_schema(schema: type[Schema]) -> type[Schema]:
    """Return the schema of what ``schema`` documents where ``fields=`` may leave members out."""
    optional = {}
    for name, field in schema._declared_fields.items():
        optional[name] = copy(field)
        optional[name].required = False
    return type(
        f"Sparse{schema.__name__}", (schema,), {"__doc__": f"{schema.__doc__} With `fields`, a part.", **optional}
    )


def sparse(
    represent: Callable[[Any], Mapping[str, Any]], arguments: Mapping[str, Any], *, always: Collection[str] = ()
) -> Callable[[Any], Any]:
    """Return ``represent`` reduced to the members that ``always`` names or loaded query ``arguments`` ask for."""
    wanted = arguments.get("shown")
    if wanted is None:
        return represent
    return lambda row: {name: value for name, value in represent(row).items() if name in wanted or name in always}


def _members(schema: type[Schema]) -> Mapping[str, Any]:
    return {field.data_key or name: field for name, field in schema._declared_fields.items()}
