"""Configuration read once from the environment into a frozen dataclass.

Every variable ``NAME`` may also be given as ``NAME_FILE``, the path of a file that holds the value, which is how
secrets arrive. All problems are reported together, so that one start shows everything there is to mend.
"""

from __future__ import annotations

import contextlib
import os
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from limits import parse_many

T = TypeVar("T")

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


class ConfigurationError(Exception):
    """The environment does not describe a service that may start; ``problems`` lists every reason."""

    heading: ClassVar[str] = "The configuration is not usable:"

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join([self.heading, *(f"  - {p}" for p in problems)]))


class RateLimits(str):
    """One or more rate limits in the notation of the limits library, such as ``"5 per minute; 50 per hour"``."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the documentation and the loader know of one variable."""

    variable: str
    doc: str
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False


def setting(
    variable: str,
    doc: str,
    *,
    default: Any = MISSING,
    minimum: int | None = None,
    maximum: int | None = None,
    choices: tuple[str, ...] = (),
    secret: bool = False,
) -> Any:
    """Declare a dataclass field that is read from ``variable``; without ``default`` it is required.

    A secret may have the default None, which means that it is not given, and no other.
    """
    if secret and default is not MISSING and default is not None:
        raise TypeError(f"{variable} is a secret and may not have a default")
    metadata = {"setting": Setting(variable, doc, minimum, maximum, choices, secret)}
    # A configuration that is printed, in a traceback perhaps, tells no secret.
    shown = not secret
    return (
        field(metadata=metadata, repr=shown)
        if default is MISSING
        else field(default=default, metadata=metadata, repr=shown)
    )


def settings_of(config_class: type[Any]) -> list[tuple[Setting, Field[Any]]]:
    """Return each declared setting of ``config_class`` with its dataclass field, in declared order."""
    return [(f.metadata["setting"], f) for f in fields(config_class) if "setting" in f.metadata]


def load(config_class: type[T], environ: Mapping[str, str]) -> T:
    """Return ``config_class`` filled from ``environ``.

    Raises:
        ConfigurationError: naming every missing, unreadable or malformed variable at once.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    hints = typing.get_type_hints(config_class)
    for declared, spec in settings_of(config_class):
        try:
            raw = _raw_value(declared, environ)
            if raw is not None:
                values[spec.name] = _parse(declared, _plain_type(hints[spec.name]), raw)
            elif spec.default is MISSING:
                problems.append(f"{declared.variable} is required: {declared.doc}")
        except ValueError as error:
            problems.append(f"{declared.variable} {error}")
    if problems:
        raise ConfigurationError(problems)
    try:
        return config_class(**values)
    except ValueError as error:
        raise ConfigurationError([str(error)]) from error


@contextlib.contextmanager
def exit_with_problems() -> Iterator[None]:
    """End the process with every problem in place of a traceback when what starts inside is not configured to."""
    try:
        yield
    except ConfigurationError as error:
        raise SystemExit(str(error)) from None


def load_or_exit(config_class: type[T]) -> T:
    """Return ``config_class`` filled from the environment of this process, or end the process with every problem."""
    with exit_with_problems():
        return load(config_class, os.environ)


def _raw_value(declared: Setting, environ: Mapping[str, str]) -> str | None:
    """Return the text of a setting or None when it is not given; an empty variable counts as not given."""
    direct = environ.get(declared.variable, "")
    path = environ.get(f"{declared.variable}_FILE", "")
    if direct and path:
        raise ValueError(f"is given twice, directly and as {declared.variable}_FILE")
    if path:
        try:
            direct = Path(path).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"cannot be read from the file that {declared.variable}_FILE names: {error}") from error
        if not direct:
            raise ValueError(f"is empty in the file that {declared.variable}_FILE names")
    return direct or None


def _plain_type(hint: Any) -> Any:
    """Return ``X`` for the hint ``X | None``, any other hint as it is."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(part for part in typing.get_args(hint) if part is not type(None))
    return hint


def _parse(declared: Setting, kind: Any, raw: str) -> Any:
    """Return ``raw`` as ``kind``; a ValueError says what is wrong without repeating a secret."""
    shown = "" if declared.secret else f", not {raw!r}"
    if kind is bool:
        word = raw.strip().lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            raise ValueError(f"must be true or false{shown}")
        return word in TRUE_WORDS
    if kind is int:
        return _whole_number(declared, raw, shown)
    if kind is RateLimits:
        try:
            parse_many(raw)
        except ValueError as error:
            raise ValueError(f"must be rate limits such as '5 per minute; 50 per hour'{shown}") from error
        return RateLimits(raw)
    if typing.get_origin(kind) is tuple:
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if kind is Path:
        return Path(raw)
    if declared.choices and raw not in declared.choices:
        raise ValueError(f"must be one of {', '.join(declared.choices)}{shown}")
    return raw


def _whole_number(declared: Setting, raw: str, shown: str) -> int:
    # Stricter than int(), which takes 1_000: the gateway's shell reads the same variables.
    if not WHOLE_NUMBER.fullmatch(raw):
        raise ValueError(f"must be a whole number{shown}")
    number = int(raw)
    if declared.minimum is not None and number < declared.minimum:
        raise ValueError(f"must be at least {declared.minimum}{shown}")
    if declared.maximum is not None and number > declared.maximum:
        raise ValueError(f"must be at most {declared.maximum}{shown}")
    return number
