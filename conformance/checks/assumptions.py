"""What every other check takes for granted about the history itself.

Definition. Indices are dense. Each client has one operation under way, and its answer is not older
than its request; each writer's clock does not run backwards. Each nonce is submitted once. Each
fault is healed. Every sign at the sink belongs to one execution that began, which ends at most
once; an execution whose result is committed did end.
A failed assumption is the harness's fault: the verdict is ERROR and nothing else is judged.
Cost: O(n).
Assumes: nothing.
Lawful: answers of reads without a recorded request; the requests of one batch, which are under way
together; a subscription beside the operations of its client; a cut last line (a notice).
Blind to: whether the target was empty at the start and the sink reachable from it.
"""

from collections.abc import Sequence
from typing import Any

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views import sessions, sink_signs
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import CUT
from onceproof.conformance.verdict import Verdict

PLACE = 0
NOTHING = "the history is empty"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the history as evidence."""
    notes, view = Notebook("assumptions", guilty=Verdict.ERROR), View.of(history)
    _numbers(view, notes)
    _clocks(view, notes)
    for cut in view.marks_of(CUT):
        notes.notice(f"the history was cut: {cut.value}")
    operations = sessions.judge(view, notes)
    faults = _faults(view, notes)
    executions = sink_signs.judge(view, notes)
    return notes.result(
        judged=len(history),
        nothing=NOTHING,
        operations=operations,
        faults=faults,
        executions=executions,
    )


def _numbers(view: View, notes: Notebook) -> None:
    for expected, record in enumerate(view):
        if record.i != expected:
            dense = f"index {expected}"
            notes.accuse(record, "indices are not dense", expected=dense, actual=str(record.i))
            return


def _clocks(view: View, notes: Notebook) -> None:
    times = [record.t for record in view]
    if times == sorted(times):
        return  # then no writer's own clock runs backwards
    clocks: dict[str, Record] = {}
    for record in view:
        writer = sessions.lane(record)
        before = clocks.get(writer, record)
        clocks[writer] = record
        if record.t < before.t:
            notes.accuse(
                record,
                f"the clock of {record.who} runs backwards",
                expected=f"{before.t} ns or later",
                actual=f"{record.t} ns",
                before=before,
            )


def _faults(view: View, notes: Notebook) -> int:
    active: dict[tuple[str, Any], list[Record]] = {}
    count = 0
    for record in view.parts.faults:
        same = active.setdefault((record.op, record.value.get("replica")), [])
        if record.value.get("phase") == "inject":
            count += 1
            same.append(record)
        elif same:
            same.pop()
        else:
            sentence = f"fault {record.op} was healed, but not injected"
            notes.accuse(record, sentence, expected="its injection", actual="none")
    for record in (each for same in active.values() for each in same):
        sentence = f"fault {record.op} was never healed"
        notes.accuse(record, sentence, expected="a heal", actual="none")
    return count
