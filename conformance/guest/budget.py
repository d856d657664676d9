"""A budget of requests a second that all processes of a run share.

The file holds one number: the moment, on the clock that all processes of a machine share, at which
the budget is next in balance. Whoever sends a request moves it on by the request's share, under a
lock, and waits until its own moment has come. A tenth of a second may be saved up, not more.
"""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from onceproof.conformance.errors import UsageError

#: In the folder of a run.
NAME = ".rate"
SAVED_S = 0.1
_BYTES = 8


@dataclass(frozen=True)
class Budget:
    """`rate` requests a second at most, counted in the file at `path`."""

    rate: float
    path: Path

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise UsageError(f"--max-rate {self.rate:g} lets no request through: name more than 0")

    def reserve(self) -> float:
        """Return how many seconds to wait before the next request, which is hereby counted."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            now_ns = time.monotonic_ns()
            due_ns = int.from_bytes(os.pread(descriptor, _BYTES, 0), "little")
            begins_ns = max(due_ns, now_ns - int(SAVED_S * 1e9))
            due_ns = begins_ns + int(1e9 / self.rate)
            os.pwrite(descriptor, due_ns.to_bytes(_BYTES, "little"), 0)
        finally:
            os.close(descriptor)
        return max(0.0, (begins_ns - now_ns) / 1e9)
