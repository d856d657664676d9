"""Where the value of a header comes from, so that no secret has to stand on a command line.

    NAME=VALUE             the value itself
    NAME=env:VARIABLE      a variable of the harness's environment
    NAME=file:PATH         the content of a file, read again when the value is refused
    NAME=command:COMMAND   what a shell command prints, run again when the value is refused

A word before the source stays: `authorization=Bearer file:token`. A file and a command may say how
long the value lives, see `tokens`.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from onceproof.conformance.access.tokens import Reading, read_token
from onceproof.conformance.errors import UsageError
from onceproof.conformance.secrets.find import SOURCE, show

COMMAND_S = 30.0

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Set by whoever sends a request; another value would break its framing.
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te"})


@dataclass(frozen=True)
class HeaderSource:
    """A header by its lower-case name, and the function that reads its value."""

    name: str
    read: Callable[[], Reading]
    #: Whether reading it again may give another value.
    changes: bool


def parse_header(option: str, environ: Mapping[str, str] = os.environ) -> HeaderSource:
    """Return what NAME=VALUE says; UsageError if that is no header that can be sent."""
    name, equals, value = option.partition("=")
    if not equals or not _NAME.fullmatch(name) or not value.strip():
        raise UsageError(
            f"--header {_show_name(name)!r} is no header: write it like --header x-api-key=env:NAME"
        )
    if name.lower() in _OURS:
        raise UsageError(f"--header {name} is set by the harness itself: leave it out")
    found = SOURCE.fullmatch(value)
    if found is None:
        return _check_value(name, "", lambda: value, changes=False)
    prefix, where = found["scheme"] or "", found["where"]
    readers: dict[str, Callable[[], str]] = {
        "env": lambda: _read_variable(name, where, environ),
        "file": lambda: _read_file(name, Path(where)),
        "command": lambda: _run(name, where),
    }
    kind = found["kind"]
    return _check_value(name, prefix, readers[kind], changes=kind != "env")


def _check_value(name: str, prefix: str, read: Callable[[], str], *, changes: bool) -> HeaderSource:
    def read_value() -> Reading:
        printed = read().strip()
        reading = read_token(printed) if changes else Reading(printed)
        value = reading.text.strip()
        if not value or not value.isprintable() or not _fits(value):
            raise UsageError(
                f"--header {name}: its value is empty or has characters that no header can have; "
                "correct where it comes from"
            )
        return replace(reading, text=prefix + value)

    return HeaderSource(name.lower(), read_value, changes)


def _fits(value: str) -> bool:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _read_variable(name: str, variable: str, environ: Mapping[str, str]) -> str:
    if variable not in environ:
        raise UsageError(f"--header {name}: the variable {variable!r} is not set; set it")
    return environ[variable]


def _read_file(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"--header {name}: {str(path)!r} cannot be read ({why})") from None


def _run(name: str, command: str) -> str:
    try:
        ended = subprocess.run(
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=COMMAND_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"--header {name}: {show(command)!r} took more than {COMMAND_S:g} s"
        ) from None
    if ended.returncode:
        last = ended.stderr.strip().splitlines()[-1:] or ["it wrote nothing"]
        raise UsageError(
            f"--header {name}: {show(command)!r} ended with status {ended.returncode}: {last[0]}"
        )
    return ended.stdout


def _show_name(name: str) -> str:
    """A name, or what of it can be shown: `X-Api-Key: secret` is a usual mistake."""
    return name.partition(":")[0][:40]
