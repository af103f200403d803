"""The rule of time-based codes."""

import base64
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from auth_service.mfa.representation import qr_svg
from auth_service.mfa.totp import matching_step, new_secret, otpauth_uri

# The secret and the times of RFC 6238, appendix B; of its eight digits an app shows the last six.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_code_is_that_of_the_standard(seconds, code):
    assert matching_step(SECRET, code, now=at(seconds), after=None) == seconds // 30


@pytest.mark.parametrize(
    ("seconds", "right"),
    [
        (1234567890 - 31, False),
        (1234567890 - 30, True),
        (1234567890, True),
        (1234567890 + 29, True),
        (1234567890 + 30, True),
        (1234567890 + 59, True),
        (1234567890 + 60, False),
    ],
)
def test_code_is_right_from_one_step_before_to_one_after_its_own(seconds, right):
    assert 1234567890 % 30 == 0
    step = matching_step(SECRET, "005924", now=at(seconds), after=None)

    assert step == (1234567890 // 30 if right else None)


@pytest.mark.parametrize(("after", "right"), [(-1, True), (0, False), (1, False)])
def test_code_of_a_step_that_was_used_or_is_earlier_is_not_right(after, right):
    step = 1234567890 // 30

    assert (matching_step(SECRET, "005924", now=at(1234567890), after=step + after) == step) is right


@pytest.mark.parametrize("code", ["", "005923", "5924", "0005924", "00592", "x"])
def test_other_code_is_not_right(code):
    assert matching_step(SECRET, code, now=at(1234567890), after=None) is None


def test_secret_has_160_bits_and_is_another_each_time():
    secrets = {new_secret() for _ in range(20)}

    assert len(secrets) == 20
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_uri_names_account_and_issuer():
    uri = urlsplit(otpauth_uri(SECRET, account_name="ada+x&y@example.org", issuer_name="City Library & Co"))

    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/City Library & Co:ada+x&y@example.org"
    assert parse_qs(uri.query) == {"secret": [SECRET], "issuer": ["City Library & Co"]}


def test_longest_names_fit_a_qr_code():
    uri = otpauth_uri(SECRET, account_name="\u4e00" * 254, issuer_name="\u4e00" * 50)

    assert uri.count("%E4%B8%80") == 200
    assert qr_svg(uri).startswith("<svg ")
