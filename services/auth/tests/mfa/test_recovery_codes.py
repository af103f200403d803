"""Recovery codes."""

import math
import re

import pytest

from auth_service.mfa.recovery_codes import ALPHABET, CHARACTERS, RecoveryCodeHashes, canonical_code, new_codes

KEY = b"k" * 32


def test_codes_are_ten_different_ones_that_nobody_can_guess():
    codes = new_codes()

    assert len(set(codes)) == 10
    assert all(re.fullmatch("[0-9a-z]{5}-[0-9a-z]{5}", code) for code in codes)
    assert CHARACTERS * math.log2(len(set(ALPHABET))) >= 50
    assert not set("".join(new_codes() + codes)) & set("ilou")


@pytest.mark.parametrize("spelling", ["01k3z-98gh7", "01K3Z-98GH7", "O1K3Z98GH7", " oik3z 98gh7 ", "0lk3z--98gh7"])
def test_spellings_of_a_code_are_one(spelling):
    assert canonical_code(spelling) == "01k3z98gh7"


@pytest.mark.parametrize("text", ["", "-", "01k3z-98gh", "01k3z-98gh77", "u1k3z-98gh7", "01k3z_98gh7", "\u0661" * 10])
def test_other_text_spells_no_code(text):
    assert canonical_code(text) is None


def test_hash_depends_on_code_user_and_key():
    hashes = RecoveryCodeHashes(KEY)
    variants = {
        hashes.hash("01k3z98gh7", 1),
        hashes.hash("01k3z98gh7", 2),
        hashes.hash("11k3z98gh7", 1),
        RecoveryCodeHashes(b"l" * 32).hash("01k3z98gh7", 1),
    }

    assert len(variants) == 4
    assert {len(each) for each in variants} == {64}
    assert hashes.hash("01k3z-98gh7", 1) == hashes.hash("01k3z98gh7", 1)
    assert "kkkk" not in repr(hashes)
