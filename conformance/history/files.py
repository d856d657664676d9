"""Histories on disk: read one as a stream, merge several by their clock.

A harness that was killed leaves a last line that stops in the middle. Everything before it is
good evidence, so `read` yields it and reports the cut as a final record: kind `mark`, op
`history-cut`. A line that is damaged anywhere else means that the file was altered or the disk
failed, and no verdict may rest on it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter
from pathlib import Path

import msgspec

from onceproof.conformance.history.packing import RESTORE, DamagedHistory, open_lines
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import CUT


def read(path: Path) -> Iterator[Record]:
    """Yield the records of one file, plain or packed, line by line. Raises DamagedHistory."""
    decode = msgspec.json.Decoder(Record).decode
    last: Record | None = None
    with open_lines(Path(path)) as lines:
        for number, line in enumerate(lines, 1):
            try:
                last = decode(line)
            except msgspec.DecodeError as error:
                if line.endswith(b"\n"):
                    raise DamagedHistory(_sentence(path, number, error)) from None
                last = _cut(last, path, len(line))
            yield last


def merge(paths: Iterable[Path]) -> Iterator[Record]:
    """Yield all records of several files in the order of `t`, `i` numbered anew from 0.

    The files must come from one machine: `t` is its monotonic clock. Records with equal `t` keep
    the order of the files and, within a file, their own. Sorted in memory rather than merged as
    streams: a record stamped by its caller may stand behind a younger one in its file.
    """
    records = sorted(chain.from_iterable(map(read, paths)), key=attrgetter("t"))
    for i, record in enumerate(records):
        yield record if record.i == i else msgspec.structs.replace(record, i=i)


def _cut(last: Record | None, path: Path, size: int) -> Record:
    i, t = (last.i + 1, last.t) if last else (0, 0)
    value = {"file": Path(path).name, "bytes": size}
    return Record(i=i, t=t, who="reader", kind="mark", op=CUT, value=value)


def _sentence(path: Path, number: int, error: Exception) -> str:
    return (
        f"history '{path}' is damaged at line {number} ({error}): "
        f"only the last line may be cut, {RESTORE}"
    )
