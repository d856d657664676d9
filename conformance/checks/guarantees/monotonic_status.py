"""The status of a run only moves forward, and a terminal one never changes.

Definition. Rank pending < running < terminal. From one client's read of a run to any that it asked
for after that one's answer the rank never falls. A terminal status is constant for everybody:
no read at all shows another terminal one, and no read that began after somebody had been shown
`success` shows one that is not terminal.
Cost: O(n log n).
Assumes: a read begins at its invoke, at `call_t`, or, where that is unknown, after the one before
it; the quiescent read, unless it says so itself, after the mark `quiesced`.
Lawful: reads of one client that were under way together, answered in either order; running ->
pending (a requeue) when a fault was active between the two reads. Leaving a terminal status never
is.
Blind to: steps forward and back that nobody read; the order of reads of different clients below
the terminal rank; statuses outside of the six documented ones, which are counted.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.reads import RANK, Read, steady
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.checks.views.windows import Windows
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import TERMINAL

PLACE = 13
NOTHING = "no run's status was read twice"
WORST_FIRST = sorted(RANK, key=lambda status: -RANK[status])


def check(history: Sequence[Record]) -> CheckResult:
    """Judge all reads of each run."""
    notes, view = Notebook("monotonic_status"), View.of(history)
    unknown = judged = requeues = 0
    for shown in view.reads.values():
        reads = [read for read in shown if read.status in RANK]
        unknown += len(shown) - len(reads)
        judged += len(reads) > 1
        if not steady(reads):
            _terminal(reads, notes)
            requeues += _sessions(reads, view.windows, notes)
    return notes.result(judged=judged, nothing=NOTHING, requeues=requeues, unknown_statuses=unknown)


def goes_back(reads: list[Read], windows: Windows) -> bool:
    """Return whether these reads of one run are a finding of this check."""
    notes = Notebook("monotonic_status")
    _terminal(reads, notes)
    _sessions(reads, windows, notes)
    return bool(notes.findings)


def _terminal(reads: list[Read], notes: Notebook) -> None:
    """Find reads that contradict a terminal status somebody had read before they began."""
    first_by_status: dict[str, Read] = {}
    for read in reads:
        if read.status in TERMINAL:
            first_by_status[read.status] = min(
                first_by_status.get(read.status, read), read, key=lambda each: each.ret
            )
    for read in reads:
        for status, first in first_by_status.items():
            before = read.call is not None and first.ret < read.call
            if status != read.status and (before or read.status in TERMINAL):
                pair = sorted((first, read), key=lambda each: (each.ret, each.status))
                _find(pair[0], pair[1], notes)


def _sessions(reads: list[Read], windows: Windows, notes: Notebook) -> int:
    """Find what contradicts an earlier read of the same client; returns the lawful requeues."""
    shown: dict[tuple[str, str], Shown] = defaultdict(Shown)
    last: dict[str, str] = {}
    requeues = 0
    for read in reads:
        for status in WORST_FIRST:
            before = shown[read.who, status].before(read)
            if before is None or not _falls(before, read):
                continue
            if status != "running" or not windows.cover(read.nonce, before.start, read.ret):
                _find(before, read, notes)
                break
            requeues += last.get(read.who) == status
        shown[read.who, read.status].add(read)
        last[read.who] = read.status
    return requeues


class Shown:
    """The reads that showed a client one status, by the time of their answers."""

    def __init__(self) -> None:
        self._rets: list[int] = []
        self._latest: list[Read] = []

    def add(self, read: Read) -> None:
        """Add a read that was answered after all others."""
        latest = max([*self._latest[-1:], read], key=lambda each: each.start)
        self._rets.append(read.ret)
        self._latest.append(latest)

    def before(self, read: Read) -> Read | None:
        """Return the latest-sent of the reads that were answered before `read` was sent.

        It leaves the least time for a fault that would excuse the difference.
        """
        at = len(self._rets) if read.call is None else bisect_right(self._rets, read.call)
        return self._latest[at - 1] if at else None


def _falls(before: Read, after: Read) -> bool:
    changed = before.status in TERMINAL and after.status != before.status
    return changed or RANK[after.status] < RANK[before.status]


def _find(before: Read, after: Read, notes: Notebook) -> None:
    notes.find(
        after.nonce,
        f"status of run {after.nonce} went from {before.status!r} to {after.status!r}",
        expected=before.status if before.status in TERMINAL else f"{before.status} or later",
        actual=after.status,
        records=(before.i, after.i),
    )
