"""All clients together see the status of a run move forward, in real time.

Definition. Rank pending < running < terminal. For every rank v: no read that showed less than v
began strictly after one that showed v or more had been answered. (A status is a register that only
grows by steps of the server, at any instant: the reads have an order that such a register allows
iff max(call | rank < v) <= min(ret | rank >= v) for every v.)
Cost: O(n), two numbers per rank and run.
Assumes: a read begins at its invoke, at `call_t`, or after the mark `quiesced`; one of which
nobody knows when it was asked constrains only the reads after it.
Lawful: running -> pending (a requeue) when a fault was active during the reads of the run: then
the two are one rank.
Blind to: what nobody read. Runs of which one client alone saw the status go back, or whose
terminal status was left or changed, are the findings of the monotonic status.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.guarantees.monotonic_status import goes_back
from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.reads import RANK, Read, steady
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 14
NOTHING = "no run's status was read by two clients"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the reads of each run by all clients."""
    notes, view = Notebook("status_linearizable"), View.of(history)
    judged = collapsed = left_out = 0
    for nonce, shown in view.reads.items():
        reads = [read for read in shown if read.status in RANK]
        if len({read.who for read in reads}) < 2:
            continue
        judged += 1
        pair = illegal(reads)
        if pair is None:
            continue
        if goes_back(reads, view.windows):
            left_out += 1
        elif view.windows.cover(nonce, *_span(reads)):
            collapsed += 1
        else:
            _find(*pair, notes)
    return notes.result(
        judged=judged, nothing=NOTHING, requeued_in_a_fault=collapsed, left_out=left_out
    )


def illegal(reads: Sequence[Read]) -> tuple[Read, Read] | None:
    """Find a read of a higher rank, and one of a lower rank that began after it was answered."""
    if steady(reads):
        return None
    for rank in (1, 2):
        lower = [read for read in reads if RANK[read.status] < rank and read.call is not None]
        higher = [read for read in reads if RANK[read.status] >= rank]
        if not lower or not higher:
            continue
        last = max(lower, key=lambda read: (read.call or 0, -read.i))
        first = min(higher, key=lambda read: (read.ret, read.i))
        if first.ret < (last.call or 0):
            return first, last
    return None


def _span(reads: Sequence[Read]) -> tuple[int, int]:
    return min(read.start for read in reads), max(read.ret for read in reads)


def _find(before: Read, after: Read, notes: Notebook) -> None:
    notes.find(
        after.nonce,
        f"status of run {after.nonce} was {before.status!r} for {before.who}, "
        f"and {after.status!r} for {after.who}, who asked later",
        expected=f"{before.status} or later",
        actual=after.status,
        records=(before.i, after.i),
    )
