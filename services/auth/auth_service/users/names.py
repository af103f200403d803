"""E-mail addresses and usernames: which are acceptable, and the form in which two of them are the same.

Everything that looks an account up, or counts by the name of one, goes through the normal forms here; a second idea of
"the same name" would be a way around a uniqueness rule or a limit.
"""

from __future__ import annotations

import re
import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

MAXIMUM_EMAIL_CHARACTERS = 254
MAXIMUM_USERNAME_CHARACTERS = 80
MAXIMUM_NAME_CHARACTERS = 120
# What Unicode calls Default_Ignorable_Code_Point: shown as nothing, so that two names would look like one.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

# How an encoded word begins (RFC 2047). Programs decode it wherever it stands, into line breaks and recipients too.
ENCODED_WORD = "=?"

# A catalogue may serve one building: addresses at localhost, .local and .test are as good as any there.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def email_problem(text: str) -> str | None:
    """Return why ``text`` is no e-mail address (RFC 5321 with RFC 6531), None when it is one; nothing is looked up."""
    if len(text) > MAXIMUM_EMAIL_CHARACTERS:
        return f"Must be at most {MAXIMUM_EMAIL_CHARACTERS} characters long."
    domain = _parts(text)
    if (
        INVISIBLE.search(text)
        or ENCODED_WORD in text
        or domain is None
        or not ("." in domain[1] or domain[1] == "localhost")
    ):
        return "Not an e-mail address."
    return None


def mailbox(text: str) -> tuple[str, str] | None:
    """Return the local part as it is and the ASCII form of the domain, as mail servers take them (RFC 5890), or None.

    A domain without an ASCII form stays as it is.
    """
    return _parts(text)


def normalized_email(text: str) -> str | None:
    """Return the form in which addresses are compared, None when ``text`` is no address.

    The domain becomes its ASCII form, so that one domain has one spelling, and case is ignored on both sides.
    """
    parts = _parts(text)
    return None if parts is None else f"{_folded(parts[0])}@{parts[1].lower()}"


def _parts(text: str) -> tuple[str, str] | None:
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError:
        return None
    return found.local_part, found.ascii_domain or found.domain


def username_problem(text: str) -> str | None:
    """Return why ``text`` is no username, None when it is one.

    Letters and digits of any script, dots, hyphens and underscores; a letter or digit comes first. There is no "@", so
    that a username is never taken for an e-mail address.
    """
    compatible = unicodedata.normalize("NFKC", text)
    if not 1 <= len(compatible) <= MAXIMUM_USERNAME_CHARACTERS:
        return f"Must be 1 to {MAXIMUM_USERNAME_CHARACTERS} characters long."
    categories = [unicodedata.category(character) for character in compatible]
    if INVISIBLE.search(text) or not all(
        category[0] in "LM" or category == "Nd" or character in "._-"
        for character, category in zip(compatible, categories, strict=True)
    ):
        return "May hold letters, digits, dots, hyphens and underscores only."
    if categories[0][0] != "L" and categories[0] != "Nd":
        return "Must start with a letter or a digit."
    return None


def normalized_username(text: str) -> str:
    """Return the form in which usernames are compared: case and compatibility variants make no difference."""
    return unicodedata.normalize("NFKC", _folded(unicodedata.normalize("NFKC", text)))


def display_name(name: str | None, username: str | None) -> str | None:
    """Return what other people and services may call a user, None when there is nothing; never an e-mail address."""
    return name or username


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def login_name(email: str | None, username: str | None) -> tuple[str, str]:
    """Return what a sign-in names as ("email" or "username", normal form), whether or not an account has that name.

    A username field that holds an "@" is taken for an e-mail address.
    """
    text = unicodedata.normalize("NFC", (email if email is not None else username or "").strip())
    if email is not None or "@" in text:
        return "email", normalized_email(text) or _folded(text)
    return "username", normalized_username(text)
