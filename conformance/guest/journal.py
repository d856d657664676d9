"""The run's mark, and what was made without it, one line each, so that it is found after a kill.

A line is written before the request that makes the thing if its id is chosen here, and as soon as
the answer is there otherwise. Each is one write to a file opened for appending: it outlives the
process, and processes of one run share the file.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

#: In the folder of a run.
NAME = "made.jsonl"

THREAD, ASSISTANT, CRON, ITEM = "thread", "assistant", "cron", "item"
#: The first line: the run's own mark.
RUN = "run"


class Made(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing: its kind and id, or namespace and key of an item of the store."""

    kind: str
    id: str = ""
    namespace: tuple[str, ...] = ()


class Journal:
    """Appends to the file at `path`, which comes to be with the first line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._noted: set[Made] = set()

    def note(self, kind: str, id: str, namespace: Sequence[str] = ()) -> None:
        """Write one thing down, once."""
        made = Made(kind, id, tuple(namespace))
        if made in self._noted:
            return
        self._noted.add(made)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self.path, flags, 0o644)
        try:
            os.write(descriptor, msgspec.json.encode(made) + b"\n")
        finally:
            os.close(descriptor)


def read_journals(folder: Path) -> Iterator[Made]:
    """Yield what the run in `folder` wrote down, its lanes included.

    A last line that was cut off with its process is passed over.
    """
    for path in sorted(folder.rglob(NAME)):
        for line in path.read_bytes().splitlines():
            try:
                yield msgspec.json.decode(line, type=Made)
            except msgspec.DecodeError:
                continue
