"""Standard output and standard error that may go away: a reader that ends, a disk that fills up.

What is printed is for who watches; the reports are files and the status is the verdict. So output
that cannot be written is no reason to stop, unless there is nothing else, see `demand_output`. Its
descriptor leads nowhere from then on, or Python would try again at its end, and end with a status
of its own.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from onceproof.conformance.errors import OnceproofError


class PatientStream:
    """A text stream that drops what cannot be written, and else is the one it stands for."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_lost = False

    def write(self, text: str) -> int:
        """Write the text, or drop it."""
        try:
            self._stream.write(text)
        except OSError:
            self._lead_nowhere()
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write the lines, or drop them."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is buffered, or drop it."""
        try:
            self._stream.flush()
        except OSError:
            self._lead_nowhere()

    def _lead_nowhere(self) -> None:
        self.is_lost = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def demand_output(what: str) -> None:
    """Raise OnceproofError if output was lost by a command that has nowhere else to leave it."""
    sys.stdout.flush()
    if getattr(sys.stdout, "is_lost", False):
        raise OnceproofError(f"{what} were not printed whole: print them to where there is room")


@contextmanager
def bear_lost_output() -> Iterator[None]:
    """Go on inside the block when output cannot be written, also if there was none from the start.

    The streams stay as they are afterwards where something is still buffered.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        cast(TextIO, PatientStream(stream or open(os.devnull, "w", encoding="utf-8")))  # noqa: SIM115
        for stream in before
    )
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before
