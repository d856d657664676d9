"""Canaries: values that stand for secrets, and the search for what is left of them.

The search knows nothing of how the harness hides: it takes the middle of a canary, which holds
letters and digits alone and so survives every encoding by characters, and looks for it as it is, in
hexadecimal, and wherever it may lie in base64.
"""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

from onceproof.conformance.history.packing import open_lines
from onceproof.conformance.run_folder import SIGNED

#: In every canary, and in nothing else.
MIDDLE = "c4nAryQzecretW"
#: The first eight characters may be left where a text was cut.
BEGIN = 'x7Y9z1w3/&"<+'


def canary(place: str) -> str:
    """Return the secret for this place, so that a leak names the option that it came by."""
    return f"{BEGIN}{MIDDLE}-{place}"


def find_traces(data: bytes, middle: str = MIDDLE) -> Iterator[bytes]:
    """Yield the surroundings of what is left of a canary, in any encoding."""
    folded = data.lower()
    for form in list_traces(middle):
        sought, text = (form.lower(), folded) if form.isalnum() else (form, data)
        at = text.find(sought)
        if at >= 0:
            yield data[max(0, at - 30) : at + len(form) + 30]


def list_traces(middle: str) -> list[bytes]:
    """Return the forms that are looked for."""
    raw = middle.encode()
    padded = (bytes(before) + raw for before in range(3))
    cores = (
        base64.b64encode(each)[-(-n * 8 // 6) : len(each) * 8 // 6] for n, each in enumerate(padded)
    )
    return [raw, raw.hex().encode(), *cores]


def find_leaks(folder: Path) -> Iterator[str]:
    """Yield the leaks in all files below the folder, in packed histories and signed documents."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            for found in find_traces(read_whole(path)):
                yield f"{path.relative_to(folder)}: {found!r}"


def read_whole(path: Path) -> bytes:
    """Return what the file holds, and what is packed or sealed in it."""
    if path.name.endswith(".jsonl.zst"):
        with open_lines(path) as lines:
            return lines.read()
    content = path.read_bytes()
    if path.name in SIGNED:
        content += base64.b64decode(json.loads(content)["payload"])
    return content


def list_command_lines(own: int) -> Iterator[bytes]:
    """Yield the command lines that hold a canary, but that of the process `own`: its user typed it,
    and what it forks has the same until it becomes another program."""
    typed = read_command_line(own)
    for name in os.listdir("/proc"):
        line = read_command_line(int(name)) if name.isdecimal() else b""
        if MIDDLE.encode() in line and line != typed:
            yield line


def read_command_line(process: int) -> bytes:
    """Return the words of a process, "" if it has gone."""
    try:
        return Path("/proc", str(process), "cmdline").read_bytes()
    except OSError:
        return b""
