"""What was refused, deleted or had ended is not executed.

Definition. *Refused yet ran*: the create was refused, and a step of the run began or the run has a
status at the end. *Resurrected*: a step began after the delete of the run had been acknowledged;
or after a client had been shown that it ended by `interrupted`, `error` or `timeout`; or after a
cancel that waited for the end had been acknowledged.
Cost: O(n).
Assumes: creates have nonces of their own.
Lawful: a step that begins after an interrupted run was shown to have ended while a fault that
concerns it was active in between: a zombie begins late, and fencing (stale commit) refuses it. A
run of an interrupted thread that is resumed has another nonce.
Blind to: executions that do not reach the sink; a step that began before its `begin` was received,
so every finding is real; a cancel that was acknowledged for later (no `wait`): until somebody was
shown the end, steps may begin.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.executions import Execution
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 4
NOTHING = "no run was refused, deleted or cut short"
CUT_SHORT = frozenset({"interrupted", "error", "timeout"})


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the beginnings of each run that should have none, or none any more."""
    notes, view = Notebook("resurrected"), View.of(history)
    over = _over(view)
    refused = {nonce: run.answer for nonce, run in view.runs.items() if run.has_refusal}
    for execution in view.executions.values():
        answer = refused.get(execution.nonce)
        if answer is not None:
            _find(execution, answer, "although its create had been refused", notes)
        elif execution.nonce in over and execution.start > over[execution.nonce].t:
            _late(execution, over[execution.nonce], view, notes)
    for nonce, answer in refused.items():
        snap = view.runs[nonce].snap
        if answer is not None and snap is not None and (snap.value or {}).get("status"):
            status = snap.value["status"]
            notes.find(
                nonce,
                f"run {nonce} has status {status!r}, although its create had been refused",
                expected="no such run",
                actual=status,
                records=(answer.i, snap.i),
            )
    return notes.result(
        judged=len(refused) + len(over), nothing=NOTHING, refused=len(refused), ended=len(over)
    )


def _over(view: View) -> dict[str, Record]:
    """The earliest record that says that no step of the run may begin any more."""
    found: dict[str, Record] = {}
    for record in view.parts.operations:
        value, nonce = record.value or {}, record.key
        if record.kind != "ok" or nonce is None or nonce in found:
            continue
        shown = record.op == "run.status" and value.get("status") in CUT_SHORT
        waited = record.op == "run.cancel" and value.get("wait")
        if shown or waited or record.op == "run.delete":
            found[nonce] = record
    return found


def _late(execution: Execution, end: Record, view: View, notes: Notebook) -> None:
    span = (end.t, execution.start)
    if end.op == "run.delete":
        _find(execution, end, "after its delete had been acknowledged", notes)
    elif view.windows.cover(execution.nonce, *span, execution.replica):
        return
    elif end.op == "run.cancel":
        _find(execution, end, "after a cancel that waited for its end had been acknowledged", notes)
    else:
        status = (end.value or {}).get("status")
        _find(execution, end, f"after the run had been shown as {status!r}", notes)


def _find(execution: Execution, before: Record, when: str, notes: Notebook) -> None:
    notes.find(
        execution.nonce,
        f"step {execution.step} of run {execution.nonce} began {when}",
        expected="no step",
        actual=f"token {execution.token}",
        records=(before.i, execution.begun),
    )
