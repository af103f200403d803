"""What attempts are counted by."""

import pytest

from auth_service.attempts.subjects import Subjects
from auth_service.users.names import login_name

HOME = "192.0.2.1"


@pytest.fixture(name="subjects")
def _subjects():
    return Subjects(b"k" * 32)


def hashes(subjects, name, address=HOME):
    return [subject.subject_hash for subject in subjects.of_sign_in(name, address=address, user_id=None)]


def test_sign_in_counts_for_the_account_the_account_here_and_the_address(subjects):
    found = subjects.of_sign_in(("email", "ada@example.org"), address=HOME, user_id=7)

    assert [(each.kind, each.user_id) for each in found] == [
        ("account", 7),
        ("account_at_address", 7),
        ("address", None),
    ]
    assert len({each.subject_hash for each in found}) == 3


def test_sign_in_from_nowhere_counts_for_the_account_alone(subjects):
    assert [each.kind for each in subjects.of_sign_in(("username", "ada"), address=None, user_id=None)] == ["account"]


def test_hashes_tell_nothing_without_the_key_and_differ_with_another(subjects):
    name = ("email", "ada@example.org")

    assert not set(hashes(subjects, name)) & set(hashes(Subjects(b"j" * 32), name))


def test_ipv6_addresses_of_one_subscriber_are_one(subjects):
    name = ("username", "ada")

    assert hashes(subjects, name, "2001:db8::1") == hashes(subjects, name, "2001:db8::ffff:1")
    assert hashes(subjects, name, "2001:db8::1")[1:] != hashes(subjects, name, "2001:db8:0:1::1")[1:]
    assert hashes(subjects, name, "::ffff:192.0.2.1") == hashes(subjects, name, HOME)


def test_names_are_counted_in_their_normal_form_and_kinds_of_names_apart(subjects):
    assert hashes(subjects, login_name("ADA@example.ORG", None)) == hashes(
        subjects, login_name(None, "ada@example.org")
    )
    assert hashes(subjects, ("email", "ada"))[:2] != hashes(subjects, ("username", "ada"))[:2]


def test_nothing_in_a_name_can_make_it_another_subject(subjects):
    assert hashes(subjects, ("username", "ada\0" + HOME))[0] != hashes(subjects, ("username", "ada"))[1]
