"""The form of secrets."""

import re

import pytest

from auth_service.api_keys.key_secrets import hash_of_secret, is_well_formed, new_key_id, new_secret, shown_prefix


def test_secret_has_a_form_that_scanners_and_the_gateway_know():
    for _ in range(200):
        assert re.fullmatch(r"colophon_[A-Za-z0-9_-]{43}", secret := new_secret())
        assert is_well_formed(secret)


def test_no_two_secrets_or_ids_are_alike():
    assert len({new_secret() for _ in range(1000)}) == 1000
    assert len({new_key_id() for _ in range(1000)}) == 1000


def test_id_is_a_session_id_that_paths_can_hold():
    assert re.fullmatch(r"key_[A-Za-z0-9_-]{22}", new_key_id())


def test_every_single_mistyped_character_is_noticed():
    secret = new_secret()

    for position, right in enumerate(secret):
        wrong = "A" if right != "A" else "B"
        assert not is_well_formed(secret[:position] + wrong + secret[position + 1 :]), position


@pytest.mark.parametrize("text", ["", "colophon_", "x" * 10_000, "colophon_" + "\u00e9" * 43, "\x00" * 52])
def test_anything_else_is_no_secret(text):
    assert not is_well_formed(text)


def test_secret_with_more_or_less_or_other_characters_is_none():
    secret = new_secret()

    for text in (secret + "A", secret[:-1], secret + "\n", " " + secret, secret.upper()):
        assert not is_well_formed(text), text


def test_what_is_shown_and_stored_does_not_give_the_secret_away():
    secret = new_secret()

    assert len(shown_prefix(secret)) == 15
    assert secret[15:] not in shown_prefix(secret)
    assert re.fullmatch(r"[0-9a-f]{64}", hash_of_secret(secret))
