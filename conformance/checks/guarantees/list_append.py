"""Everybody who reads a thread sees its ledger grow at the end, and nothing else.

Definition. The ledger of a thread's state is a list to which each step of each run appends one
element. All reads of it are beginnings of the longest one (*prefix*); and the quiescent read holds
at least what any client had been shown before the end (*went back*).
Cost: O(total length of the logs read).
Assumes: entries are known by nonce and step; a repeated entry is the duplicate's finding and is
looked at once.
Lawful: anything on a thread with a rollback, a run from an earlier checkpoint, or an update by
hand: they rewrite the ledger on purpose. Such threads are left out (`rewritten`).
Blind to: reads of which a client kept its own entries only (load); elements that nobody read
(lost); which attempt wrote an element (stale commit).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import QUIESCED

PLACE = 15
NOTHING = "no thread's ledger was read twice"
Element = tuple[str, int | str]


@dataclass(frozen=True, slots=True)
class Shown:
    """One read of a ledger."""

    record: Record
    elements: tuple[Element, ...]


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the reads of each thread against the longest of them."""
    notes, view = Notebook("list_append"), View.of(history)
    rewritten = _rewritten(view)
    ends = sorted(mark.t for mark in view.marks_of(QUIESCED))
    threads = _by_thread(view)
    judged = 0
    for thread_id, reads in threads.items():
        if thread_id not in rewritten and len(reads) > 1:
            judged += 1
            _judge(thread_id, reads, ends[-1] if ends else None, notes)
    return notes.result(judged=judged, nothing=NOTHING, rewritten=len(rewritten & threads.keys()))


def _by_thread(view: View) -> dict[str, list[Shown]]:
    found: dict[str, list[Shown]] = {}
    for record, log in view.logs:
        run = view.runs.get(record.key or "")
        if run is None or not run.thread_id or record.value.get("own"):
            continue
        elements = tuple(dict.fromkeys((entry["nonce"], entry["i"]) for entry in log))
        found.setdefault(run.thread_id, []).append(Shown(record, elements))
    return found


def _rewritten(view: View) -> set[str]:
    forked = {
        run.thread_id for run in view.runs.values() if run.removable or run.request_field("forks")
    }
    updated = {each.key for each in view.parts.operations if each.op == "thread.update"}
    return {thread_id for thread_id in forked | updated if thread_id}


def _judge(thread_id: str, reads: list[Shown], end: int | None, notes: Notebook) -> None:
    longest = max(reads, key=lambda read: len(read.elements))
    for read in reads:
        if read.elements != longest.elements[: len(read.elements)]:
            _find_difference(thread_id, longest, read, notes)
            return
    early = [read for read in reads if end is not None and read.record.t < end]
    if not early or end is None:
        return
    before = max(early, key=lambda read: len(read.elements))
    for read in reads:
        late = read.record.kind == "snap" and read.record.t >= end
        if late and len(read.elements) < len(before.elements):
            lost = before.elements[len(read.elements)]
            _find(thread_id, "went back", (before, read), (_say(lost), "end of the log"), notes)
            return


def _find_difference(thread_id: str, longest: Shown, read: Shown, notes: Notebook) -> None:
    pairs = enumerate(zip(longest.elements, read.elements, strict=False))
    n = next(n for n, (one, other) in pairs if one != other)
    shown = (_say(longest.elements[n]), _say(read.elements[n]))
    _find(thread_id, f"is read in two ways from its element {n}", (longest, read), shown, notes)


def _find(
    thread_id: str,
    what: str,
    reads: tuple[Shown, Shown],
    shown: tuple[str, str],
    notes: Notebook,
) -> None:
    notes.find(
        reads[1].record.key or thread_id,
        f"the ledger of thread {thread_id} {what}: {shown[1]} instead of {shown[0]}",
        expected=shown[0],
        actual=shown[1],
        records=(reads[0].record.i, reads[1].record.i),
    )


def _say(element: Any) -> str:
    return f"step {element[1]} of run {element[0]}"
