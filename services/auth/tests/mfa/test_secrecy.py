"""What must not be found anywhere: secrets, codes and challenges."""

import json

from sqlalchemy import text

from auth_service.extensions import db
from auth_service.mfa.challenges import IssuedChallenge
from auth_service.mfa.models import RecoveryCode, SignInChallenge, TotpCredential
from auth_service.mfa.operations import Enrolment
from auth_service.mfa.proofs import Proof

TABLES = ("audit_events", "totp_credentials", "recovery_codes", "sign_in_challenges", "sessions", "users", "mails")


def test_nothing_of_a_second_factor_is_in_the_log_or_the_database(app, client, guarded, challenge, caplog):
    caplog.set_level("DEBUG")
    code, wrong = guarded.authenticator.code(), guarded.authenticator.wrong_code()
    used = guarded.recovery_codes[0]
    for proof in ({"code": wrong}, {"recovery_code": used}, {"code": code}):
        client.post("/api/v1/auth/login/mfa", json={"challenge": challenge, **proof})
    body = {"current_password": guarded.password, "code": wrong}
    client.delete("/api/v1/auth/mfa/totp", json=body, headers=guarded.headers)
    renewed = client.post("/api/v1/auth/mfa/recovery-codes", json={"code": code}, headers=guarded.headers).get_json()

    with app.app_context():
        stored = "".join(
            json.dumps([list(map(str, row)) for row in db.session.execute(text(f"SELECT * FROM auth.{table}"))])
            for table in TABLES
        )
    assert caplog.records
    new = renewed["data"]["recovery_codes"]
    secrets = [guarded.authenticator.secret, challenge, *guarded.recovery_codes, *new]
    spelled = [*secrets, *(secret.replace("-", "") for secret in secrets)]
    assert [secret for secret in spelled if secret in caplog.text or secret in stored] == []
    assert f'"{code}"' not in stored
    assert f'"{wrong}"' not in stored


def test_nothing_secret_is_in_what_objects_show_of_themselves():
    shown = [
        repr(Enrolment("hidden", "hidden")),
        repr(IssuedChallenge("hidden")),
        repr(Proof(code="hidden")),
        repr(Proof(recovery_code="hidden")),
        repr(TotpCredential(user_id=1, secret_encrypted=b"hidden")),
        repr(RecoveryCode(id=1, code_hash="hidden")),
        repr(SignInChallenge(id="hidden", user_id=1)),
    ]

    assert [text for text in shown if "hidden" in text] == []
