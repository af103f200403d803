"""Filters of lists: query parameters such as ``year``, ``year.in`` and ``year.from``, and what they stand for.

A table in code says which there are; what is read, documented and asked of the database is made from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load
from sqlalchemy import ColumnElement

from servicekit.envelope import ValidationFailed
from servicekit.fields import QueryFlag
from servicekit.lists import ListQuerySchema

# Beside the name of a field; the bare name asks for what people mean by it most.
PLAIN, EQUAL, IN, FROM, TO, PREFIX, NULL = "", "eq", "in", "from", "to", "prefix", "null"
MAXIMUM_VALUES = 100
MAXIMUM_TERMS = 50

# A value in double quotes, in which two stand for one, or anything up to a comma.
_VALUE = re.compile(r'\s*+(?:"((?:[^"]|"")*+)"\s*+|([^,]*+))(,|\Z)')

FieldMaker = Callable[[], fields.Field[Any]]
# None asks for nothing.
Condition = Callable[[Any], ColumnElement[bool] | None]


class TooManyFilters(ValidationFailed):
    """The list is filtered by more than a statement should be made of."""

    code = "too_many_filters"
    message = f"At most {MAXIMUM_TERMS} filters, and {MAXIMUM_VALUES} values in one, may be given."


@dataclass(frozen=True, slots=True)
class Term:
    """One query parameter: the field that reads it, and the condition that its value stands for."""

    field: fields.Field[Any]
    condition: Condition

    def described(self, description: str) -> Term:
        """Return the same with a description, if it has none."""
        self.field.metadata = {"description": description, **self.field.metadata}
        return self


# By operator.
Filter = Mapping[str, Term]


class QueryList(fields.Field[list[Any]]):
    """Values with commas between them; one that holds a comma stands in double quotes."""

    def __init__(self, item: fields.Field[Any]) -> None:
        super().__init__(metadata={"type": "string"})
        self.item = item

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        values: list[Any] = []
        problems: list[Any] = []
        for written in listed_values(value):
            try:
                values.append(self.item.deserialize(written))
            except ValidationError as error:
                problems += error.messages
        if problems:
            raise ValidationError(list(dict.fromkeys(problems)))
        return values


def listed_values(text: Any) -> list[str]:
    """Return the values that ``text`` lists.

    Raises:
        ValidationError: it is no text.
        TooManyFilters: more than ``MAXIMUM_VALUES``.
    """
    if not isinstance(text, str):
        raise ValidationError("Not a list of values with commas between.")
    values: list[str] = []
    position, comma = 0, ","
    while comma:
        if len(values) == MAXIMUM_VALUES:
            raise TooManyFilters
        match = _VALUE.match(text, position)
        # The second alternative matches anything.
        quoted, plain, comma = match.groups()  # type: ignore[union-attr]
        values.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        position = match.end()  # type: ignore[union-attr]
    return values


class FilterQuerySchema(ListQuerySchema):
    """A list with filters; every other parameter than those of all lists counts as one, known or not."""

    @pre_load
    def _bound_terms(self, data: Any, **_: Any) -> Any:
        if len(set(data) - _NO_TERMS) > MAXIMUM_TERMS:
            raise TooManyFilters
        return data


_NO_TERMS = {field.data_key or name for name, field in ListQuerySchema().fields.items()}


class Filters:
    """The filters of a list, by the name of a field; ``""`` is the operator of its bare name."""

    def __init__(self, table: Mapping[str, Filter]) -> None:
        self._terms = {
            (name, operator): term for name, operators in table.items() for operator, term in operators.items()
        }
        self._ranges = [name for name, operators in table.items() if FROM in operators and TO in operators]

    def schema(self, listing: type[FilterQuerySchema]) -> type[Schema]:
        """Return ``listing`` with the parameters of these filters."""
        declared = {}
        for (name, operator), term in self._terms.items():
            term.field.data_key = f"{name}.{operator}" if operator else name
            declared[_argument(name, operator)] = term.field
        return listing.from_dict(declared, name=listing.__name__)

    def conditions(self, arguments: Mapping[str, Any]) -> list[ColumnElement[bool]]:
        """Return the conditions that loaded query ``arguments`` ask for.

        Raises:
            ValidationFailed: a range that ends before it begins.
        """
        details = {}
        for name in self._ranges:
            first, last = arguments.get(_argument(name, FROM)), arguments.get(_argument(name, TO))
            if first is not None and last is not None and first > last:
                details[f"{name}.{FROM}"] = [f"Must not be above {name}.{TO}."]
        if details:
            raise ValidationFailed(details=details)
        given = ((term, _argument(*key)) for key, term in self._terms.items())
        conditions = [term.condition(arguments[argument]) for term, argument in given if argument in arguments]
        return [condition for condition in conditions if condition is not None]


def _argument(name: str, operator: str) -> str:
    return f"{name}__{operator}" if operator else name


def plain(field: fields.Field[Any], condition: Condition) -> Filter:
    """Return the filter of the bare name."""
    return {PLAIN: Term(field, condition)}


def one_of(make: FieldMaker, condition: Condition) -> Filter:
    """Return the filter by a list of values."""
    description = f"Any of up to {MAXIMUM_VALUES} values, commas between; one with a comma stands in double quotes."
    return {IN: Term(QueryList(make()), condition).described(description)}


def equal(column: Any, make: FieldMaker) -> Filter:
    """Return the filters by one value and by a list."""
    return {**plain(make(), lambda value: column == value), **one_of(make, column.in_)}


def between(column: Any, make_from: FieldMaker, make_to: FieldMaker | None = None) -> Filter:
    """Return the filters by the bounds of a range, which belong to it."""
    return {
        FROM: Term(make_from(), lambda value: column >= value).described("The least, which is included."),
        TO: Term((make_to or make_from)(), lambda value: column <= value).described("The most, which is included."),
    }


def known(column: Any) -> Filter:
    """Return the filter by whether there is a value."""
    return unknown_if(column.is_(None), column.is_not(None))


def unknown_if(condition: ColumnElement[bool], opposite: ColumnElement[bool]) -> Filter:
    """Return the filter by whether there is a value; there is none where ``condition`` holds."""
    return {
        NULL: Term(QueryFlag(), lambda is_null: condition if is_null else opposite).described(
            "true for those without a value, false for those with one."
        )
    }


def ordered(column: Any, make: FieldMaker) -> Filter:
    """Return the filters by values and by a range."""
    return {**equal(column, make), **between(column, make)}
