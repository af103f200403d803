"""Second factors as the answers show them."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote

import segno
from sqlalchemy import RowMapping

from auth_service.mfa.challenges import LIFE, IssuedChallenge
from auth_service.mfa.proofs import METHODS

# Pixels of one module of the QR code, which may be scaled without loss.
QR_SCALE = 4


def represent_state(state: RowMapping, *, required: bool) -> dict[str, Any]:
    """Return the JSON members of what ``queries.get_state`` gives."""
    return {"enabled": state["confirmed_at"] is not None, **state, "required": required}


def represent_enrolment(secret: str, otpauth_uri: str) -> dict[str, Any]:
    """Return the JSON members of a new secret."""
    svg = qr_svg(otpauth_uri)
    return {
        "secret": secret,
        "otpauth_uri": otpauth_uri,
        "qr_svg": svg,
        "qr_data_uri": f"data:image/svg+xml,{quote(svg)}",
    }


def represent_challenge(challenge: IssuedChallenge) -> dict[str, Any]:
    """Return the JSON members of the question for a code."""
    return {
        "mfa_required": True,
        "challenge": challenge.token,
        "expires_in": int(LIFE.total_seconds()),
        "methods": list(METHODS),
    }


def qr_svg(text: str) -> str:
    """Return the QR code of ``text`` as an SVG document, on white, so that it is read on a dark page too."""
    document = BytesIO()
    code = segno.make_qr(text, error="m")
    code.save(
        document, kind="svg", scale=QR_SCALE, light="#fff", xmldecl=False, nl=False, svgclass=None, lineclass=None
    )
    return document.getvalue().decode()
