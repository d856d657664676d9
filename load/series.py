"""What happened in each second, and how long each operation took.

Where the processes of the server are known, the CPU time that they use is counted along: unlike
anything that a clock measures, it hardly depends on what else the machine does.

Latencies go into HDR histograms (microseconds to ten minutes, three digits), so percentiles of
many seconds or many processes are those of all their values and not averages of percentiles.
Seconds are numbered as on the wall clock when the test began, so that processes on several machines
can be laid together, and counted by the monotonic clock, which nobody sets.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import psutil
from hdrh.histogram import HdrHistogram

LONGEST_US = 600_000_000
DIGITS = 3


def histogram() -> HdrHistogram:
    """Return an empty histogram of microseconds."""
    return HdrHistogram(1, LONGEST_US, DIGITS)


def percentile_ms(hist: HdrHistogram, percent: float) -> float:
    """Return a percentile in milliseconds, 0 of an empty histogram."""
    return round(hist.get_value_at_percentile(percent) / 1000, 3)


@dataclass
class Second:
    """One second: runs accepted, runs finished with their latencies, events received, CPU used by
    this process and by the server."""

    accepted: int = 0
    finished: int = 0
    events: int = 0
    cpu_s: float = 0.0
    server_cpu_s: float = 0.0
    runs: HdrHistogram = field(default_factory=histogram)


@dataclass
class Operation:
    """All requests of one name."""

    count: int = 0
    failures: int = 0
    latency: HdrHistogram = field(default_factory=histogram)


class Series:
    """Counts of one process. `tick` is to be called about once a second."""

    def __init__(self, server: Sequence[int] = ()) -> None:
        """Count along the CPU time of the processes `server`, by their ids."""
        self.server = tuple(server)
        self.seconds: dict[int, Second] = {}
        self.operations: dict[str, Operation] = {}
        self._epoch_s = time.time() - time.monotonic()
        self._started_s = time.monotonic()
        self._ended_s: float | None = None
        self._cpu_s = self._cpu_start_s = time.process_time()
        self._server_cpu_s = measure_cpu(self.server)
        self._now = self._second()

    @property
    def elapsed_s(self) -> float:
        """How long the test ran, or has been running."""
        return (self._ended_s or time.monotonic()) - self._started_s

    @property
    def cpu_s(self) -> float:
        """CPU time this process used for the test, in seconds."""
        return self._cpu_s - self._cpu_start_s

    def operation(self, name: str, elapsed_us: float, failed: bool) -> None:
        """Count a request that was answered, or failed."""
        operation = self.operations.get(name)
        if operation is None:
            operation = self.operations[name] = Operation()
        operation.count += 1
        operation.failures += failed
        operation.latency.record_value(clamp(elapsed_us))

    def count_acceptance(self) -> None:
        """Count a run that the server acknowledged."""
        self._now.accepted += 1

    def count_end(self, elapsed_us: float) -> None:
        """Count a run that was seen to end, and the time since its create was sent."""
        self._now.finished += 1
        self._now.runs.record_value(clamp(elapsed_us))

    def event(self) -> None:
        """Count an event that arrived."""
        self._now.events += 1

    def tick(self) -> None:
        """Account for the CPU used so far and turn to the current second."""
        self._account_cpu()
        self._now = self._second()

    def end(self) -> None:
        """Close the series: what follows is not load."""
        self._account_cpu()
        self._ended_s = time.monotonic()

    def _account_cpu(self) -> None:
        cpu_s, server_cpu_s = time.process_time(), measure_cpu(self.server)
        self._now.cpu_s += cpu_s - self._cpu_s
        self._now.server_cpu_s += max(0.0, server_cpu_s - self._server_cpu_s)
        self._cpu_s, self._server_cpu_s = cpu_s, server_cpu_s

    def _second(self) -> Second:
        return self.seconds.setdefault(int(self._epoch_s + time.monotonic()), Second())


def measure_cpu(pids: Sequence[int]) -> float:
    """Return the CPU seconds that these processes have used; one that is gone counts nothing."""
    used_s = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.Error:
            continue
        used_s += times.user + times.system
    return used_s


def clamp(elapsed_us: float) -> int:
    """Return what a histogram can hold of a time in microseconds."""
    return min(max(int(elapsed_us), 1), LONGEST_US)


class Exported(TypedDict):
    """A series as JSON data; the rows end with a histogram that is encoded."""

    seconds: float
    cpu_s: float
    has_server: bool
    per_second: dict[str, list[Any]]
    operations: dict[str, list[Any]]


def export(series: Series) -> Exported:
    """Return the series as JSON data that `result.merge` takes, histograms encoded."""
    return {
        "seconds": series.elapsed_s,
        "cpu_s": series.cpu_s,
        "has_server": bool(series.server),
        "per_second": {
            str(at): [
                *(s.accepted, s.finished, s.events, s.cpu_s, s.server_cpu_s),
                s.runs.encode().decode(),
            ]
            for at, s in series.seconds.items()
        },
        "operations": {
            name: [o.count, o.failures, o.latency.encode().decode()]
            for name, o in series.operations.items()
        },
    }
