"""What a history says of each run: how it was submitted, answered, disturbed, and found at the end.

A run is known by its nonce. Everything is collected in one pass, so that a check reads like its
definition.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from typing import Any

from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import LedgerEntry
from onceproof.conformance.history.vocabulary import FINAL, TERMINAL

DISTURBING = frozenset({"interrupt", "rollback"})


@dataclass(slots=True)
class Run:
    """One submitted run.

    `answer` is the ok, fail or info of its create, None if the harness never got to record one.
    `reads` are the answers that showed a status, `results` those that showed the final state.
    `disturbed_t` is when a cancel, a delete or an interrupting create that may have hit it was
    asked for first, None without; `removable` is set when one of them may have deleted it.
    """

    nonce: str
    call: Record
    answer: Record | None = None
    reads: list[Record] = field(default_factory=list)
    results: list[Record] = field(default_factory=list)
    snap: Record | None = None
    disturbed_t: int | None = None
    removable: bool = False

    @property
    def disturbed(self) -> bool:
        """Somebody may have cut it short."""
        return self.disturbed_t is not None

    def disturb(self, t: int) -> None:
        """Note that something that was asked for at `t` may have hit it."""
        self.disturbed_t = t if self.disturbed_t is None else min(t, self.disturbed_t)

    @property
    def has_ack(self) -> bool:
        """The server acknowledged it."""
        return self.answer is not None and self.answer.kind == "ok"

    @property
    def has_refusal(self) -> bool:
        """The server declined it for a documented reason, so it must have no effect."""
        return self.answer is not None and self.answer.kind == "fail"

    @property
    def stateless(self) -> bool:
        """Submitted without a thread: the server may delete it with its state once it is done."""
        return self.request_field("thread_id") is None

    @property
    def thread_id(self) -> str | None:
        """The thread it runs on, where known."""
        if self.has_ack and self.answer and (self.answer.value or {}).get("thread_id"):
            return str(self.answer.value["thread_id"])
        return self.request_field("thread_id")

    @property
    def ret(self) -> int | None:
        """When the create was acknowledged; None while that is unknown."""
        return self.answer.t if self.has_ack and self.answer else None

    def request_field(self, field_name: str) -> Any:
        """Return a field of the create request, e.g. `steps` or `strategy`."""
        return (self.call.value or {}).get(field_name)

    def seen_terminal(self) -> Record | None:
        """Find the first read that showed it terminal."""
        return next(filter(_ending, chain(self.reads, (self.snap,))), None)

    def terminal(self) -> str | None:
        """Return the last terminal status: at the quiescent end, else in any read."""
        newest_first = chain((self.snap,), reversed(self.reads))
        return next(filter(None, map(_ending, newest_first)), None)


def runs(operations: Sequence[Record], snaps: Sequence[Record]) -> dict[str, Run]:
    """Return every run whose create was invoked, by nonce."""
    found: dict[str, Run] = {}
    for record in operations:
        if record.kind == "invoke" and record.op == "run.create" and record.key is not None:
            found.setdefault(record.key, Run(record.key, record))
    for record in operations:
        run = found.get(record.key) if record.key is not None else None
        if run is not None:
            _note(run, record)
    for record in snaps:
        if record.op == FINAL and record.key in found:
            found[record.key].snap = record
    _disturb(found)
    return found


def state_logs(
    operations: Iterable[Record], snaps: Iterable[Record]
) -> list[tuple[Record, list[LedgerEntry]]]:
    """Return each read of a thread's state that shows the ledger `log`: results and final reads."""
    results = [each for each in operations if each.op == "run.result" and each.kind == "ok"]
    finals = [each for each in snaps if each.op == FINAL]
    found = [(each, (each.value or {}).get("log")) for each in results + finals]
    return sorted(
        ((record, log) for record, log in found if log is not None), key=lambda pair: pair[0].i
    )


def _ending(record: Record | None) -> str | None:
    """The terminal status that it shows."""
    status = (record.value or {}).get("status") if record is not None else None
    return str(status) if status in TERMINAL else None


def _note(run: Run, record: Record) -> None:
    kind, op = record.kind, record.op
    if op == "run.create" and kind != "invoke":
        run.answer = record
    elif op == "run.status" and kind == "ok":
        run.reads.append(record)
    elif op == "run.result" and kind == "ok":
        run.results.append(record)
    elif op in ("run.cancel", "run.delete") and kind == "invoke":
        run.disturb(record.t)
        rollback = (record.value or {}).get("action") == "rollback"
        run.removable |= op == "run.delete" or rollback


def _disturb(found: dict[str, Run]) -> None:
    """Mark the runs of each thread that a create of strategy interrupt or rollback may have hit.

    It hits those already there: every other run that was not invoked strictly after its answer.
    """
    creates: dict[str, dict[str, list[Run]]] = {}
    for run in found.values():
        strategy = run.request_field("strategy")
        if strategy in DISTURBING and run.thread_id and not run.has_refusal:
            creates.setdefault(run.thread_id, {}).setdefault(strategy, []).append(run)
    by_thread = {
        thread_id: {strategy: _Displacements(own) for strategy, own in each.items()}
        for thread_id, each in creates.items()
    }
    for run in found.values() if by_thread else ():
        for strategy, displacements in by_thread.get(run.thread_id or "", {}).items():
            asked_t = displacements.find_first(run)
            if asked_t is not None:
                run.disturb(asked_t)
                run.removable |= strategy == "rollback"


class _Displacements:
    """Creates of one thread that displace what is there, by when they had their answers."""

    def __init__(self, creates: Sequence[Run]) -> None:
        ordered = sorted(creates, key=_answered_t)
        self._answers = [_answered_t(run) for run in ordered]
        # Of those answered from each one on, the two asked for first: one may be the run's own.
        self._first: list[list[tuple[int, str]]] = [[]]
        for run in reversed(ordered):
            self._first.append(sorted([*self._first[-1], (run.call.t, run.nonce)])[:2])
        self._first.reverse()

    def find_first(self, run: Run) -> int | None:
        """Find when the first was asked for that may have hit the run: any but its own that was
        not answered strictly before the run was asked for."""
        candidates = self._first[bisect_left(self._answers, run.call.t)]
        return next((t for t, nonce in candidates if nonce != run.nonce), None)


def _answered_t(run: Run) -> float:
    return inf if run.ret is None else run.ret
