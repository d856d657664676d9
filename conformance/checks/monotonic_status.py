"""C13: the status of a run only moves forward, and a terminal one never changes.

Definition. Rank pending < running < terminal. Within one client's reads of a run the rank never
falls. A terminal status is constant for everybody: no read at all shows another terminal one, and
no read that began after somebody had been told `success` shows one that is not terminal.
Cost: O(n).
Assumes: a client's reads are sequential (assumptions). A read begins at its invoke, at
`call_t`, or unknown; the quiescent read, unless it says so itself, after the mark `quiesced`.
Lawful: running -> pending (a requeue) when a fault was active between the two reads. Leaving a
terminal status never is.
Blind to: steps forward and back that nobody read; the order of reads of different clients below
the terminal rank; statuses outside of the six documented ones, which are counted.
"""

from collections.abc import Sequence

from conformance.checks.reads import RANK, Read
from conformance.checks.result import CheckResult, Notebook
from conformance.checks.runs import TERMINAL
from conformance.checks.view import View
from conformance.checks.windows import Windows
from conformance.history.record import Record

NOTHING = "no run's status was read twice"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge all reads of each run."""
    notes, view = Notebook("monotonic_status"), View.of(history)
    unknown = judged = requeues = 0
    for shown in view.reads.values():
        reads = [read for read in shown if read.status in RANK]
        unknown += len(shown) - len(reads)
        judged += len(reads) > 1
        _terminal(reads, notes)
        requeues += _sessions(reads, view.windows, notes)
    return notes.result(judged=judged, nothing=NOTHING, requeues=requeues, unknown_statuses=unknown)


def goes_back(reads: list[Read], windows: Windows) -> bool:
    """Whether these reads of one run are a finding of this check."""
    notes = Notebook("monotonic_status")
    _terminal(reads, notes)
    _sessions(reads, windows, notes)
    return bool(notes.findings)


def _terminal(reads: list[Read], notes: Notebook) -> None:
    """Find reads that contradict a terminal status somebody had been told before they began."""
    told: dict[str, Read] = {}
    for read in reads:
        if read.status in TERMINAL:
            told[read.status] = min(told.get(read.status, read), read, key=lambda each: each.ret)
    for read in reads:
        for status, first in told.items():
            before = read.call is not None and first.ret < read.call
            if status != read.status and (before or read.status in TERMINAL):
                pair = sorted((first, read), key=lambda each: (each.ret, each.status))
                _find(pair[0], pair[1], notes)


def _sessions(reads: list[Read], windows: Windows, notes: Notebook) -> int:
    """Find falling ranks within one client's reads; returns how many lawful requeues there were."""
    last: dict[str, Read] = {}
    requeues = 0
    for read in reads:
        before = last.get(read.who, read)
        last[read.who] = read
        changed = before.status in TERMINAL and read.status != before.status
        if RANK[read.status] >= RANK[before.status] and not changed:
            continue
        start = before.ret if before.call is None else before.call
        if before.status == "running" and windows.cover(read.nonce, start, read.ret):
            requeues += 1
        else:
            _find(before, read, notes)
    return requeues


def _find(before: Read, after: Read, notes: Notebook) -> None:
    notes.find(
        after.nonce,
        f"status of run {after.nonce} went from {before.status!r} to {after.status!r}",
        expected=before.status if before.status in TERMINAL else f"{before.status} or later",
        actual=after.status,
        records=(before.i, after.i),
    )
