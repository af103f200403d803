"""What mails say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest

from auth_service.mails.kinds import MFA_CHANGED, MFA_CHANGES, PASSWORD_RESET, VALUES_BY_KIND, VERIFY_EMAIL
from auth_service.mails.models import MAXIMUM_SUBJECT_CHARACTERS
from auth_service.mails.rendering import render_mail, shown_name

VALUES = {
    "name": "Ada Lovelace",
    "link": "https://books.example/confirm?token=abc&more=1",
    "expires_minutes": 30,
    "new_email": "countess@example.org",
    "happened_at": datetime(2026, 11, 20, 17, 5, tzinfo=timezone(timedelta(hours=1))),
    "change": "enabled",
}


def values_of(kind, **changes):
    wanted = VALUES_BY_KIND[kind] | {"name", "link"}
    return {name: value for name, value in {**VALUES, **changes}.items() if name in wanted}


class Page(HTMLParser):
    """The text and the links of a page, and whatever would fetch something."""

    def __init__(self, html):
        super().__init__()
        self.text, self.links, self.fetched = "", [], []
        self.feed(html)

    def handle_data(self, data):
        """Keep text."""
        self.text += data

    def handle_starttag(self, tag, attrs):
        """Keep links."""
        attributes = dict(attrs)
        if tag == "a":
            self.links.append(attributes["href"])
        if "src" in attributes or tag in {"img", "link", "script", "iframe", "form"}:
            self.fetched.append(tag)


@pytest.mark.parametrize("kind", sorted(VALUES_BY_KIND))
def test_every_kind_says_the_same_in_plain_text_and_html(kind):
    mail = render_mail(kind, values_of(kind))
    page = Page(mail.html)

    assert mail.subject
    assert len(mail.subject) <= MAXIMUM_SUBJECT_CHARACTERS
    assert "\n" not in mail.subject
    assert mail.text.startswith("Hello Ada Lovelace,\n\n")
    assert mail.subject not in mail.text
    assert page.links == [VALUES["link"]]
    assert page.fetched == []
    for text in (mail.text, page.text):
        assert VALUES["link"] in text
        assert "Colophon" in text
        assert ("30 minutes" in text) == ("expires_minutes" in VALUES_BY_KIND[kind])
        assert ("20 November 2026 at 16:05 UTC" in text) == ("happened_at" in VALUES_BY_KIND[kind])
        assert ("countess@example.org" in text) == ("new_email" in VALUES_BY_KIND[kind])
    assert all(len(line) <= 100 for line in mail.text.splitlines())
    assert "{" not in mail.text


@pytest.mark.parametrize("kind", sorted(VALUES_BY_KIND))
def test_nobody_is_greeted_without_a_name(kind):
    mail = render_mail(kind, values_of(kind, name=None))

    assert mail.text.startswith("Hello,\n")
    assert "<p>Hello,</p>" in mail.html


@pytest.mark.parametrize("change", sorted(MFA_CHANGES))
def test_every_change_of_the_second_factor_has_its_sentence(change):
    assert MFA_CHANGES[change] in render_mail(MFA_CHANGED, values_of(MFA_CHANGED, change=change)).text


def test_values_are_text_in_html_and_not_markup():
    mail = render_mail(
        "email_changed", values_of("email_changed", new_email='"<b>"@example.org', link="https://x/\"'<>")
    )

    assert "<b>" not in mail.html
    assert Page(mail.html).links == ["https://x/\"'<>"]
    assert '"<b>"@example.org' in mail.text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ursula K. Le Guin", True),
        ("Jean-Luc O'Neill", True),
        ("\u5f35 \u4e09", True),
        ("Henry the 8th", True),
        ("", False),
        ("you won https://evil.example", False),
        ("evil.example", False),
        ("Ada\nBcc: x@y", False),
        ("write to me@evil.example", False),
        ("<b>Ada</b>", False),
        ("A" * 61, False),
        ("Ada!", False),
    ],
)
def test_mail_greets_with_names_that_cannot_be_messages(name, shown):
    assert shown_name(name) == (name if shown else None)
    text = render_mail(VERIFY_EMAIL, values_of(VERIFY_EMAIL, name=name)).text
    assert text.startswith(f"Hello {name},\n" if shown else "Hello,\n")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "1 minute"),
        (30, "30 minutes"),
        (60, "1 hour"),
        (90, "90 minutes"),
        (120, "2 hours"),
        (1440, "1 day"),
        (4320, "3 days"),
    ],
)
def test_life_of_a_link_is_told_as_people_say_it(minutes, words):
    assert f"for {words}." in render_mail(PASSWORD_RESET, values_of(PASSWORD_RESET, expires_minutes=minutes)).text


@pytest.mark.parametrize(
    ("kind", "changes", "problem"),
    [
        ("unheard_of", {}, "no mail of the kind"),
        (PASSWORD_RESET, {"link": None}, "needs"),
        (PASSWORD_RESET, {"more": 1}, "needs"),
        (PASSWORD_RESET, {"link": "javascript:alert(1)"}, "web address"),
        (PASSWORD_RESET, {"expires_minutes": 0}, "at least a minute"),
    ],
)
def test_mail_that_nobody_foresaw_is_not_written(kind, changes, problem):
    values = values_of(PASSWORD_RESET) | changes
    values = {name: value for name, value in values.items() if value is not None}

    with pytest.raises(ValueError, match=problem):
        render_mail(kind, values)


def test_moment_is_told_in_utc():
    moment = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    values = values_of("password_changed", happened_at=moment)
    assert "1 March 2026 at 09:05 UTC" in render_mail("password_changed", values).text
