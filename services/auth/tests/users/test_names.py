"""Which e-mail addresses and usernames are accepted, and which of them are the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_service.users.models import User
from auth_service.users.names import (
    email_problem,
    login_name,
    normalized_email,
    normalized_username,
    username_problem,
)


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org",
        "Ada.Lovelace+books@Example.ORG",
        "ada@localhost",
        "ada@library.local",
        "ada@catalogue.test",
        "\u00fcber@stra\u00dfe.de",
        "a@xn--strae-oqa.de",
        "\u0434\u0430@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
        "o'brien@example.org",
    ],
)
def test_email_that_people_have_is_accepted(address):
    assert email_problem(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "ada@@example.org",
        "ada lovelace@example.org",
        "ada@exam ple.org",
        "ada@-example.org",
        "ada@example.org.",
        "ada@example..org",
        ".ada@example.org",
        "ada..lovelace@example.org",
        '"ada lovelace"@example.org',
        "ada@[127.0.0.1]",
        "Ada <ada@example.org>",
        "ada@example.org\u202e",
        "a\u200bda@example.org",
        "ada@exa\u00admple.org",
        "a" * 250 + "@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "x" * 64 + ".org",
    ],
)
def test_email_that_is_none_is_refused(address):
    assert email_problem(address) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "ADA@EXAMPLE.ORG"),
        ("a\u030ake@example.org", "\u00c5KE@example.org"),
        ("ada@stra\u00dfe.de", "ada@xn--strae-oqa.de"),
        ("ada@example.org", "ada@EXAMPLE\u3002org"),
        ("stra\u00dfe@example.org", "STRASSE@example.org"),
    ],
)
def test_two_spellings_of_one_address_are_the_same(one, other):
    assert normalized_email(one) == normalized_email(other) is not None


def test_different_domains_stay_different():
    assert normalized_email("ada@stra\u00dfe.de") != normalized_email("ada@strasse.de")


@pytest.mark.parametrize(
    "username",
    [
        "a",
        "ada",
        "Ada.Lovelace_1815",
        "7of9",
        "\u0430\u0434\u0430",
        "\u5f20\u4f1f",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
        "x" * 80,
    ],
)
def test_username_that_people_want_is_accepted(username):
    assert username_problem(username) is None


@pytest.mark.parametrize(
    "username",
    [
        "",
        "x" * 81,
        "ada@example.org",
        "ada lovelace",
        ".ada",
        "-ada",
        "_ada",
        "ada/..",
        "a\u200bda",
        "ada\u202e",
        "\u0301ada",
        "<b>",
        "ada\U0001f600",
        "\ufdfa",
    ],
)
def test_username_that_misleads_is_refused(username):
    """The last one is a single character that stands for four words with spaces."""
    assert username_problem(username) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("ada", "ADA"), ("\uff41da", "ada"), ("stra\u00dfe", "STRASSE"), ("a\u030ake", "\u00c5KE"), ("\u2167", "viii")],
)
def test_two_spellings_of_one_username_are_the_same(one, other):
    assert normalized_username(one) == normalized_username(other)


def test_login_name_tells_address_and_username_apart():
    assert login_name("Ada@Example.org", None) == ("email", "ada@example.org")
    assert login_name(None, " Ada@Example.org ") == ("email", "ada@example.org")
    assert login_name(None, "Ada") == ("username", "ada")


def test_login_name_of_no_address_is_still_one_name():
    """A limit counts by it, whatever was sent."""
    assert login_name("Nobody", None) == login_name("nobody", None) == ("email", "nobody")


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_accepted_username_has_a_normal_form_that_fits_its_column(text):
    if username_problem(text) is None:
        normalized = normalized_username(text)
        assert normalized_username(normalized) == normalized
        assert len(normalized) <= User.__table__.c.username_normalized.type.length
        assert "@" not in normalized


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", categories=["L", "N", "M"]), min_size=1, max_size=64),
    st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=40),
)
def test_accepted_address_has_a_normal_form_that_fits_its_column(local_part, label):
    text = f"{local_part}@{label}.org"
    if email_problem(text) is None:
        normalized = normalized_email(text)
        assert normalized_email(normalized) == normalized
        assert len(normalized) <= User.__table__.c.email_normalized.type.length
        assert login_name(text, None) == login_name(None, text) == ("email", normalized)


@pytest.mark.parametrize(
    "invisible", ["\u3164", "\ufe0f", "\u034f", "\u115f", "\u17b4", "\u180b", "\u200b", "\U000e0100"]
)
def test_name_with_characters_that_nobody_sees_is_refused(invisible):
    assert username_problem(f"strasse{invisible}")
    assert email_problem(f"strasse{invisible}@example.org")


@pytest.mark.parametrize(
    "text",
    [
        "=?utf-8?q?x=0D=0A=0D=0Ahttp=3A//evil.org/?=@example.org",
        "=?utf-8?q?x=0D=0ABcc=3A_v=40e.org?=@example.org",
        "=?utf-8?q?a=2C_b=40evil.org=2C?=@example.org",
        "a=?b@example.org",
    ],
)
def test_address_that_mail_programs_would_decode_is_none(text):
    assert email_problem(text) is not None
