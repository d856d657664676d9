"""A shell completes commands, options and what an option takes, as docs/ci.md shows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def complete(line: str, last: str = "") -> list[str]:
    """What bash would offer after these words."""
    words = f"onceproof {line} {last}".rstrip(" ") + ("" if last else " ")
    environ = {
        **os.environ,
        "_ONCEPROOF_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - bool(last)),
    }
    program = Path(sys.executable).with_name("onceproof")
    done = subprocess.run([program], env=environ, capture_output=True, text=True, check=False)
    return [each.partition(",")[2] for each in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "last", "offered"),
    [
        ("", "cert", ["certify"]),
        ("certify", "--load", ["--load-seconds", "--load-users"]),
        ("report run --format", "", "json"),
        ("certify --only", "QUE-2", "QUE-21"),
        ("certify --target-profile", "lang", ["langgraph-dev", "langgraph-js", "langrove"]),
    ],
)
def test_what_a_shell_offers(line: str, last: str, offered: str | list[str]) -> None:
    found = complete(line, last)
    assert offered in found if isinstance(offered, str) else found == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(shell: str) -> None:
    program = Path(sys.executable).with_name("onceproof")
    environ = {**os.environ, "_ONCEPROOF_COMPLETE": f"{shell}_source"}
    done = subprocess.run([program], env=environ, capture_output=True, text=True, check=True)
    assert "_ONCEPROOF_COMPLETE" in done.stdout
