"""Adds to the system's trust store those certificates of a PEM bundle that it does not know yet.

usage: install-certificates.py BUNDLE

They become files of their own, so that a later run of update-ca-certificates (any package may
trigger one) keeps them.
"""

import re
import subprocess
import sys
from pathlib import Path

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
LOCAL = Path("/usr/local/share/ca-certificates/machine")


def certificates(bundle: Path) -> dict[str, str]:
    """Each certificate of the bundle, by its body without white space."""
    if not bundle.is_file():
        return {}
    text = bundle.read_text(encoding="ascii", errors="replace")
    return {"".join(found.split()): found for found in PEM.findall(text)}


def main(bundle: Path) -> None:
    """Installs what the system does not know; raises CalledProcessError when the store refuses it."""
    known = certificates(SYSTEM_BUNDLE)
    unknown = [text for body, text in certificates(bundle).items() if body not in known]
    if not unknown:
        return
    LOCAL.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(unknown, start=1):
        (LOCAL / f"{number:03}.crt").write_text(text + "\n", encoding="ascii")
    subprocess.run(["/usr/sbin/update-ca-certificates"], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
