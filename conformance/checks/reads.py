"""Reads of a run's status: what was answered, by whom it was asked, and from when to when.

A read begins at its invoke, at `call_t`, or unknown; the quiescent read, unless it says so itself,
after the mark `quiesced`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from conformance.checks.runs import TERMINAL
from conformance.history.record import Record

RANK = {"pending": 0, "running": 1, **dict.fromkeys(TERMINAL, 2)}


class Read(NamedTuple):
    """One answer that showed a status; `call` is None if nobody knows when it was asked."""

    nonce: str
    who: str
    status: str
    call: int | None
    ret: int
    i: int


def reads_by_run(
    operations: Iterable[Record], snaps: Iterable[Record], quiesced: Sequence[Record]
) -> dict[str, list[Read]]:
    """All reads of each run in the order of their answers."""
    found: dict[str, list[Read]] = {}
    asked: dict[tuple[str, str | None], int] = {}
    ends = sorted(each.t for each in quiesced)
    for r in sorted(_showing(operations, snaps), key=attrgetter("i")):
        call: int | None = None
        if r.kind == "snap":
            before = bisect_right(ends, r.t)
            call = ends[before - 1] if before else None
        elif r.op == "run.status":
            if r.kind == "invoke":
                asked[r.who, r.key] = r.t
                continue
            call = asked.pop((r.who, r.key), None)
        _note(r, call, found)
    return found


def _showing(operations: Iterable[Record], snaps: Iterable[Record]) -> list[Record]:
    """Whatever may show a status, and the requests for it."""
    kinds = {"run.status": ("invoke", "ok"), "run.result": ("ok",)}
    asked = [each for each in operations if each.kind in kinds.get(each.op, ())]
    return asked + [each for each in snaps if each.op == "final"]


def _note(record: Record, call: int | None, found: dict[str, list[Read]]) -> None:
    value = record.value or {}
    status, nonce = value.get("status"), record.key or ""
    if status:
        read = Read(nonce, record.who, status, value.get("call_t", call), record.t, record.i)
        found.setdefault(nonce, []).append(read)
