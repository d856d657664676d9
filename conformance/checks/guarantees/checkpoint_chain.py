"""The checkpoints of a thread form one chain, which forks only where somebody forked it.

Definition. In each listing of a thread's history no checkpoint is named twice, each parent that is
listed stands behind its child (newest first) with a step that is one less, and a listing of all
has one root and every parent. Two steps of runs (source `loop`) never have one parent: an attempt
that goes on beside its successor would make them. No two listings disagree about a checkpoint.
Cost: O(checkpoints listed).
Assumes: `metadata.step` and `metadata.source` as LangGraph writes them.
Lawful: forks by an update by hand or by a run from an earlier checkpoint (sources `update`, `fork`
and `input`).
Blind to: namespaces of subgraphs, which are not listed; what a page or a filter left out; threads
whose history nobody listed.
"""

from collections.abc import Sequence
from typing import Any

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import CheckpointEntry

PLACE = 16
NOTHING = "no thread's history was listed"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each listing, and each checkpoint over all of them."""
    notes, view = Notebook("checkpoint_chain"), View.of(history)
    known: dict[str, tuple[Any, Record]] = {}
    listings = checkpoints = 0
    for record in view.parts.operations:
        if record.op != "thread.history" or record.kind != "ok":
            continue
        chain = [entry for entry in record.value["chain"] if entry["id"]]
        listings += 1
        checkpoints += len(chain)
        _judge(record, chain, notes)
        for entry in chain:
            _agree(record, entry, known, notes)
    return notes.result(judged=checkpoints, nothing=NOTHING, listings=listings)


def _judge(record: Record, chain: list[CheckpointEntry], notes: Notebook) -> None:
    places: dict[str | None, int] = {}
    for n, entry in enumerate(chain):
        if places.setdefault(entry["id"], n) != n:
            _find(record, f"checkpoint {entry['id']} is listed twice", "once", "twice", notes)
    for n, entry in enumerate(chain):
        place = places.get(entry["parent"])
        if place is not None:
            _judge_link(record, entry, chain[place], place > n, notes)
        elif entry["parent"] is not None and record.value["whole"]:
            what = f"checkpoint {entry['id']} has a parent that does not exist"
            _find(record, what, f"checkpoint {entry['parent']}", "none", notes)
    roots = [entry["id"] for entry in chain if entry["parent"] is None]
    if record.value["whole"] and chain and len(roots) > 1:
        _find(record, "the history has more than one root", "one", ", ".join(roots), notes)
    _judge_rivals(record, chain, notes)


def _judge_link(
    record: Record, entry: CheckpointEntry, parent: CheckpointEntry, behind: bool, notes: Notebook
) -> None:
    if not behind:
        what = f"checkpoint {entry['id']} is listed behind its parent"
        _find(record, what, "newest first", "its parent before it", notes)
    before, after = parent["step"], entry["step"]
    if before is None or after is None:
        return
    following = before + 1 if isinstance(before, int) else None
    if after != following:
        what = f"checkpoint {entry['id']} is not a next step of its parent"
        wanted = "steps that are numbers" if following is None else f"step {following}"
        _find(record, what, wanted, f"step {after!r} after {before!r}", notes)


def _judge_rivals(record: Record, chain: list[CheckpointEntry], notes: Notebook) -> None:
    children: dict[str, str] = {}
    for entry in chain:
        if entry["parent"] is not None and entry["source"] == "loop":
            rival = children.setdefault(entry["parent"], entry["id"])
            if rival != entry["id"]:
                what = f"checkpoint {entry['parent']} was continued twice"
                _find(record, what, "one next step", f"{rival} and {entry['id']}", notes)


def _agree(
    record: Record, entry: CheckpointEntry, known: dict[str, tuple[Any, Record]], notes: Notebook
) -> None:
    said = (entry["parent"], entry["step"])
    before, first = known.setdefault(entry["id"], (said, record))
    if before != said:
        notes.accuse(
            record,
            f"checkpoint {entry['id']} of thread {record.key} changed its parent or step",
            expected=str(before),
            actual=str(said),
            before=first,
        )


def _find(record: Record, what: str, expected: str, actual: str, notes: Notebook) -> None:
    sentence = f"thread {record.key}: {what}"
    notes.accuse(record, sentence, expected=expected, actual=actual)
