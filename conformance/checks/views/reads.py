"""Reads of a run's status: what was answered, by whom it was asked, and from when to when.

A read begins at its invoke, at `call_t`, or unknown; the quiescent read, unless it says so itself,
after the mark `quiesced`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import FINAL, TERMINAL

RANK = {"pending": 0, "running": 1, **dict.fromkeys(TERMINAL, 2)}


class Read(NamedTuple):
    """One answer that showed a status; `call` is None if nobody knows when it was asked."""

    nonce: str
    who: str
    status: str
    call: int | None
    ret: int
    i: int

    @property
    def start(self) -> int:
        """When it began, as far as that is known."""
        return self.ret if self.call is None else self.call


def reads_by_run(
    operations: Iterable[Record], snaps: Iterable[Record], quiesced: Sequence[Record]
) -> dict[str, list[Read]]:
    """Return all reads of each run in the order of their answers."""
    found: dict[str, list[Read]] = {}
    asked: dict[tuple[str, str | None], int] = {}
    for r in operations:
        if r.op == "run.status":
            if r.kind == "invoke":
                asked[r.who, r.key] = r.t
            elif r.kind == "ok":
                _note(r, asked.pop((r.who, r.key), None), found)
        elif r.op == "run.result" and r.kind == "ok":
            _note(r, None, found)
    ends = sorted(each.t for each in quiesced)
    for r in snaps:
        if r.op == FINAL:
            before = bisect_right(ends, r.t)
            _note(r, ends[before - 1] if before else None, found)
    for reads in found.values():
        reads.sort(key=attrgetter("i"))
    return found


def steady(reads: Sequence[Read]) -> bool:
    """Return whether, in the order of the answers, the status only moved forward and to one end.

    No order of the reads that their times allow can then show anything else, which spares most
    runs a closer look. Every status must have a rank.
    """
    times, ranks = [read.ret for read in reads], [RANK[read.status] for read in reads]
    ends = {read.status for read in reads if read.status in TERMINAL}
    return len(ends) < 2 and ranks == sorted(ranks) and times == sorted(times)


def _note(record: Record, call: int | None, found: dict[str, list[Read]]) -> None:
    value = record.value or {}
    status, nonce = value.get("status"), record.key or ""
    if status:
        read = Read(nonce, record.who, status, value.get("call_t", call), record.t, record.i)
        found.setdefault(nonce, []).append(read)
