"""The README's walk-through works as it is written."""

from __future__ import annotations

import os
import re
import subprocess

from stack import REPOSITORY


def test_every_command_of_the_walk_through_succeeds(stack):
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    part = readme[readme.index("<!-- walk-through -->") : readme.index("<!-- end of the walk-through -->")]
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", part, re.DOTALL))
    assert commands.count("curl") >= 9

    finished = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=commands,
        env={**os.environ, "COLOPHON_PORT": str(stack.port)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "The Left Hand of Darkness" in finished.stdout
    assert finished.stdout.rstrip().endswith("}")
