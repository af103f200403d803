"""Secrets as the database keeps them."""

import pytest

from auth_service.mfa.totp_secrets import TotpSecrets

KEY = b"k" * 32
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_secret_is_read_again_for_its_user():
    stored = TotpSecrets(KEY).encrypt(SECRET, 7)

    assert SECRET.encode() not in stored
    assert TotpSecrets(KEY).decrypt(stored, 7) == SECRET


def test_secret_is_stored_differently_each_time():
    secrets = TotpSecrets(KEY)

    assert secrets.encrypt(SECRET, 7) != secrets.encrypt(SECRET, 7)


@pytest.mark.parametrize(
    ("key", "user_id", "damage"),
    [
        (b"l" * 32, 7, bytes),
        (KEY, 8, bytes),
        (KEY, 7, lambda stored: stored[:-1] + bytes([stored[-1] ^ 1])),
        (KEY, 7, lambda stored: stored[:20]),
        (KEY, 7, lambda stored: b""),
    ],
    ids=["another key", "another user", "tampered with", "cut off", "nothing"],
)
def test_secret_that_cannot_be_read_is_told_to_the_log_alone(caplog, key, user_id, damage):
    stored = damage(TotpSecrets(KEY).encrypt(SECRET, 7))

    assert TotpSecrets(key).decrypt(stored, user_id) is None

    assert "totp_secret_unreadable" in caplog.text
    assert "AUTH_SECRET_KEY" in caplog.text
    assert SECRET not in caplog.text


def test_key_is_not_shown():
    assert "kkkk" not in repr(TotpSecrets(KEY))
