"""The one writer of a history: JSON lines, numbered and stamped under one lock.

Numbering and stamping happen together, so within one recorder `i` order is `t` order wherever the
caller leaves `t` to it. Lines are buffered up to 64 KiB or a quarter of a second (looked at when
the next record arrives), which bounds what a killed harness loses and keeps `add` at two to five
microseconds; `flush` and `close` write the rest. tests/history/bench_recorder.py measures it.
"""

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import msgspec

from onceproof.conformance.errors import OnceproofError, UsageError, describe_full, is_full
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.storage import replace_half_surrogates
from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import Kind
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.stopping import stop_request

#: A record without its number: `t`, `who` and so on, as `Record` has them.
Noted = tuple[int, str, Kind, str, str | None, Any, str | None, Json | None]

BUFFER_BYTES = 64 * 1024
BUFFER_AGE_NS = 250_000_000


class Recorder:
    """Append records to a new file. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Start the history at `path`, which must not exist: a history is never appended to."""
        self.path = Path(path)
        try:
            # Unbuffered: this class is the buffer, and two of them would make flush() a half-truth.
            self._file = self.path.open("xb", buffering=0)
        except FileExistsError:
            raise UsageError(
                f"history file '{path}' exists already: remove it or name another path"
            ) from None
        self._lock = threading.Lock()
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []
        self._bytes = 0
        self._written_t = time.monotonic_ns()
        self._next_i = 0
        self._full = False

    def add(
        self,
        kind: Kind,
        op: str,
        *,
        who: str,
        key: str | None = None,
        value: Any = None,
        error: str | None = None,
        http: Json | None = None,
        t: int | None = None,
    ) -> int:
        """Append one record and return its index. `t` is monotonic ns; the default is now.

        Raises TypeError for a value that is not JSON data (no index is used up then), and
        OnceproofError after `close`, or when the disk is full: from then on nothing is recorded.
        """
        self._lock.acquire()  # a `with` costs three times as much, half of what all of this does
        try:
            stamp = time.monotonic_ns() if t is None else t
            i = self._next_i
            line = self._line(Record(i, stamp, who, kind, op, key, value, error, http))
            if self._file.closed:
                raise self._late(f"{kind} {op}")
            self._next_i = i + 1
            self._lines.append(line)
            self._bytes += len(line) + 1
            if self._bytes >= BUFFER_BYTES or stamp - self._written_t >= BUFFER_AGE_NS:
                self._write()
        finally:
            self._lock.release()
        return i

    def add_all(self, noted: Iterable[Noted]) -> None:
        """Append what was noted before, in this order, under one lock.

        Raises as `add` does; then none of them is recorded.
        """
        with self._lock:
            if self._file.closed:
                raise self._late("what was noted")
            lines = [self._line(Record(i, *each)) for i, each in enumerate(noted, self._next_i)]
            self._next_i += len(lines)
            self._lines += lines
            self._bytes += sum(map(len, lines)) + len(lines)
            age_ns = time.monotonic_ns() - self._written_t
            if self._bytes >= BUFFER_BYTES or age_ns >= BUFFER_AGE_NS:
                self._write()

    def flush(self) -> None:
        """Write everything added so far to the operating system."""
        with self._lock:
            self._write()

    def close(self) -> None:
        """Write the rest and close the file. A second call does nothing."""
        with self._lock:
            try:
                if not self._full:
                    self._write()
            finally:
                self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _line(self, record: Record) -> bytes:
        try:
            return self._encode(record)
        except UnicodeEncodeError:
            fields = replace_half_surrogates(msgspec.structs.astuple(record), "replace")
            return self._encode(Record(*fields))

    def _late(self, what: str) -> OnceproofError:
        return OnceproofError(f"history '{self.path}' is closed, {what} came too late")

    def _put(self, data: memoryview) -> int:
        if self._full:
            raise OnceproofError(describe_full(self.path.parent))
        try:
            return self._file.write(data) or 0
        except OSError as error:
            if not is_full(error):
                raise
            # Half a line may be there, so it is the last one.
            self._full = True
            stop_request.give_up(describe_full(self.path.parent))
            raise OnceproofError(describe_full(self.path.parent)) from None

    def _write(self) -> None:
        if self._lines:
            self._lines.append(b"")
            data = memoryview(SECRETS.hide_bytes(b"\n".join(self._lines)))
            # A raw file may take less than it is given (a nearly full disk, a signal).
            while data:
                data = data[self._put(data) :]
            self._lines.clear()
            self._bytes = 0
        self._written_t = time.monotonic_ns()
