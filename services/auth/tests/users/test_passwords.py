"""Which passwords are accepted, and how they are kept."""

import subprocess
import sys

import argon2
import pytest

from auth_service.config import AuthConfig
from auth_service.users.common_passwords import common_passwords
from auth_service.users.passwords import Passwords, password_problems, personal_problems
from servicekit.env import settings_of


@pytest.fixture(scope="module")
def passwords():
    return Passwords(memory_kib=8, time_cost=1)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "        spaces",
        "\u043f\u0430\u0440\u043e\u043b\u044c-\u0434\u043b\u0438\u043d\u043d\u044b\u0439",
        "\U0001f600" * 8,
        "x9" * 64,
        "no rules of composition",
    ],
)
def test_password_of_any_printable_characters_is_accepted(password):
    assert password_problems(password) == []


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("sevench", "8 to 128"),
        ("x9" * 64 + "y", "8 to 128"),
        ("e\u0301" * 7, "8 to 128"),
        ("with\x00null", "Control"),
        ("with\nline feed", "Control"),
        ("with\x7fdelete", "Control"),
        ("with\ud800surrogate", "Control"),
        ("password1", "common"),
        ("PassWord1", "common"),
        ("qwertyuiop", "common"),
        ("iloveyou1", "common"),
        ("colophon", "anybody would try"),
        ("Colophon2026!", "anybody would try"),
        ("my-own-\u00fcber-catalogue", None),
        ("library_catalogue", "anybody would try"),
        ("--ADMIN--admin--1", "anybody would try"),
        ("1234567890!?", None),
    ],
)
def test_password_that_breaks_a_rule_is_refused_and_one_that_is_close_to_it_is_not(password, words):
    problems = password_problems(password)

    assert [words in problem for problem in problems] == ([] if words is None else [True])


@pytest.mark.parametrize(
    "password", ["ada.lovelace@example.org", "ADA.Lovelace@Example.ORG", "Ada.Lovelace", "The.Countess", "the.countess"]
)
def test_password_that_is_a_name_of_its_owner_is_refused(password):
    assert len(personal_problems(password, email="ada.lovelace@example.org", username="The.Countess", name=None)) == 1


def test_password_without_a_name_of_its_owner_is_accepted():
    assert personal_problems("correct horse battery", email="ada@example.org", username=None, name=None) == []
    assert personal_problems("ada.lovelace", email="ada@example.org", username=None, name=None) == []


@pytest.mark.parametrize("password", ["Ada Lovelace", "ADA LOVELACE", "ada lovelace"])
def test_display_name_is_refused(password):
    problems = personal_problems(password, email="a@example.org", username=None, name="Ada Lovelace")

    assert problems == ["Must not be the name."]


def test_installation_may_ask_for_more_characters():
    asking = Passwords(memory_kib=8, time_cost=1, minimum_characters=15)

    assert asking.problems("fourteen chars") == ["Must be at least 15 characters long."]
    assert asking.problems("fifteen  chars.") == []
    assert asking.problems("\u00e9" * 15) == asking.problems("e\u0301" * 15) == []


@pytest.mark.parametrize(
    "password", ["        ", "\U0001f4da" * 8, "\u05d0\u05d1\u05d2\u05d3 \u05d0\u05d1\u05d2", "x" * 128]
)
def test_any_characters_that_can_be_shown_are_accepted(password):
    assert Passwords(memory_kib=8, time_cost=1).problems(password) == []


def test_common_passwords_are_thousands_and_long_enough_to_matter():
    common = common_passwords()

    assert len(common) > 10_000
    assert {"password", "12345678", "iloveyou"} <= common
    assert min(map(len, common)) >= 8
    assert all(word == word.casefold() for word in common)


def test_common_passwords_cost_little_and_leave_the_rest_of_the_library_out():
    """The library's other dictionaries would take as much memory as all our code."""
    code = (
        "import resource, sys\n"
        "from auth_service.users import common_passwords\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "common_passwords.common_passwords()\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 'zxcvbn' in sys.modules)"
    )
    path = {"PYTHONPATH": ":".join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True)
    kibibytes, imported = done.stdout.split()

    assert int(kibibytes) < 10_000
    assert imported == "False"


def test_hash_is_argon2id_and_matches_its_password_only(passwords):
    made = passwords.hash("correct horse battery")

    assert made.startswith("$argon2id$")
    assert passwords.matches("correct horse battery", made)
    assert not passwords.matches("correct horse batter", made)
    assert made != passwords.hash("correct horse battery")


def test_password_typed_in_another_normal_form_matches(passwords):
    assert passwords.matches("cafe\u0301 cafe\u0301", passwords.hash("caf\u00e9 caf\u00e9"))


def test_nobody_matches_no_password(passwords):
    assert not passwords.matches("", None)
    assert not passwords.matches("correct horse battery", None)


@pytest.mark.parametrize("broken", ["not a hash", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
def test_stored_hash_that_is_broken_matches_nothing(passwords, broken):
    assert not passwords.matches("correct horse battery", broken)


def test_hash_of_other_parameters_is_outdated(passwords):
    assert Passwords(memory_kib=16, time_cost=1).is_outdated(passwords.hash("correct horse battery"))
    assert not passwords.is_outdated(passwords.hash("correct horse battery"))


def test_default_parameters_are_those_that_owasp_asks_for():
    defaults = {declared.variable: field.default for declared, field in settings_of(AuthConfig)}

    assert (defaults["AUTH_ARGON2_MEMORY_KIB"], defaults["AUTH_ARGON2_TIME_COST"]) == (19 * 1024, 2)
    assert "m=19456,t=2,p=1" in Passwords(memory_kib=19 * 1024, time_cost=2).hash("correct horse battery")


def test_nobody_costs_the_same_work_as_somebody(passwords, monkeypatch):
    """A sign-in may not tell by its time whether an account exists; benchmarks measure the time itself."""
    verified = []
    verify = argon2.PasswordHasher.verify

    def note(hasher, password_hash, password):
        verified.append(password_hash.rpartition("p=1$")[0])
        return verify(hasher, password_hash, password)

    somebody = passwords.hash("correct horse battery")
    monkeypatch.setattr(argon2.PasswordHasher, "verify", note)
    for password_hash in (somebody, None):
        assert not passwords.matches("another password", password_hash)

    assert verified == ["$argon2id$v=19$m=8,t=1,"] * 2
