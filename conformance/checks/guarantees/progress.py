"""A run that was accepted is listed from then on, for everybody.

Definition. A listing of all runs of a thread that was asked for after the create of a run had been
acknowledged holds that run. *Lost*: no later listing has it either; *stale*: a later one has.
Cost: O(n and the runs listed).
Assumes: a listing is whole if it is neither filtered nor as long as its limit.
Lawful: the absence of a run that a delete, a rollback or a stateless clean-up may have removed.
Blind to: pages and filtered listings; runs of threads that nobody listed; runs that no answer has
named; how long after its create a run is listed first, which is only counted (`present`, `absent`).
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.runs import Run
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 17
NOTHING = "no thread's runs were all listed after one had been accepted"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each accepted run against the listings of its thread."""
    notes, view = Notebook("progress"), View.of(history)
    listings: dict[str | None, list[Record]] = {}
    for record in view.parts.operations:
        if record.op == "thread.runs" and record.kind == "ok" and record.value["whole"]:
            listings.setdefault(record.key, []).append(record)
    present = absent = judged = 0
    for run in view.runs.values() if listings else ():
        shown = [each for each in listings.get(run.thread_id, ()) if _after(run, each)]
        if not shown or run.removable or run.stateless or _run_id(run) is None:
            continue
        judged += 1
        missing = [each for each in shown if _run_id(run) not in each.value["run_ids"]]
        present += len(shown) - len(missing)
        absent += len(missing)
        if missing:
            _find(run, missing[-1], shown[-1], notes)
    return notes.result(judged=judged, nothing=NOTHING, present=present, absent=absent)


def _after(run: Run, listing: Record) -> bool:
    """Whether it was asked for after the run had been accepted."""
    return run.ret is not None and run.ret < listing.value["call_t"]


def _run_id(run: Run) -> str | None:
    return (run.answer.value or {}).get("run_id") if run.answer else None


def _find(run: Run, missing: Record, last: Record, notes: Notebook) -> None:
    answer = run.answer or run.call
    fate = "is lost" if missing is last else "was not listed for a while"
    notes.find(
        run.nonce,
        f"accepted run {run.nonce} {fate}: thread {run.thread_id} listed "
        f"{len(missing.value['run_ids'])} runs without it",
        expected=f"run {_run_id(run)} among them",
        actual="absent",
        records=(answer.i, missing.i),
    )
