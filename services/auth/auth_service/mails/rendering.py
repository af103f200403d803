"""What a mail says: subject, plain text and HTML, from the templates of its kind.

The first line of the plain text is the subject.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from auth_service.mails.kinds import MFA_CHANGES, VALUES_BY_KIND

SHOWN_NAME_CHARACTERS = 60
# A dot may end a word, as in "Ursula K. Le Guin"; between two letters it could make an address.
ADDRESS_LIKE = re.compile(r"\.\S")
# Spelled out, because strftime would take the names from the locale.
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MINUTES_AN_HOUR = 60
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class MailText:
    """What a mail says."""

    subject: str
    text: str
    html: str


def render_mail(kind: str, values: dict[str, Any]) -> MailText:
    """Return the mail of ``kind`` for ``values``: ``name`` (or None), ``link`` and those that ``kinds`` lists.

    Raises:
        ValueError: there is no such kind, its values are others, or ``link`` is no web address.
    """
    wanted = VALUES_BY_KIND.get(kind)
    if wanted is None:
        raise ValueError(f"there is no mail of the kind {kind!r}")
    if set(values) != wanted | {"name", "link"}:
        raise ValueError(f"{kind} needs {sorted(wanted | {'name', 'link'})}, not {sorted(values)}")
    if not values["link"].startswith(("https://", "http://")):
        raise ValueError("a link has to be a web address")
    shown = {**values, "name": shown_name(values["name"])}
    if "change" in wanted:
        shown["change"] = MFA_CHANGES[values["change"]]
    subject, _, text = _environment.get_template(f"{kind}.txt").render(shown).partition("\n")
    return MailText(subject.strip(), text.strip() + "\n", _environment.get_template(f"{kind}.html").render(shown))


def shown_name(name: str | None) -> str | None:
    """Return ``name`` if a mail may greet with it, else None.

    Anybody can give an account any name and a stranger's address. A name that could be read as a message or a link is
    left out, so that no mail of ours delivers one.
    """
    if name is None or not 0 < len(name) <= SHOWN_NAME_CHARACTERS or ADDRESS_LIKE.search(name):
        return None
    if all(unicodedata.category(c)[0] in "LM" or c.isdecimal() or c in " .'\u2019-" for c in name):
        return name
    return None


def _duration(minutes: int) -> str:
    """Return a number of minutes as people say it."""
    for size, unit in ((MINUTES_A_DAY, "day"), (MINUTES_AN_HOUR, "hour"), (1, "minute")):
        if minutes % size == 0 and minutes >= size:
            return f"{minutes // size} {unit}{'s' if minutes > size else ''}"
    raise ValueError("a life has at least a minute")


def _moment(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year} at {at:%H:%M} UTC"


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {"duration": _duration, "moment": _moment}
