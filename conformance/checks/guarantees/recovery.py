"""After a fault is healed the runs that it hit go on within a bound (liveness).

Definition. A run was hit if a fault that says how long it may be felt (`recovery_ms`) names it
while one of its executions is open and never ends. From the heal to the next step that begins of
it no more than `recovery_ms` and the allowance of BOUND_MS may pass.
Cost: O(n), and the executions of the runs that faults name.
Assumes: a healed fault; a run that was cancelled meanwhile owes nothing.
Lawful: a run that is never continued is lost, not late: the lost has it. A second fault meanwhile
starts the clock anew.
Blind to: faults that name no runs; how long runs wait to be picked up that no fault hit.
"""

from collections.abc import Iterator, Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.executions import Execution
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 19
NOTHING = "no fault was healed that had hit a run at work"
#: Stalls that users report are of 100 s and more; a busy machine is late by some seconds.
BOUND_MS = 60_000
MS = 1_000_000


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each run that a fault had hit and that went on afterwards."""
    notes, view = Notebook("recovery"), View.of(history)
    by_nonce: dict[str, list[Execution]] = {}
    faults = list(_faults_with_ends(view))
    named = {nonce for _, heal in faults for nonce in heal.value["nonces"]}
    for execution in view.executions.values() if named else ():
        if execution.nonce in named:
            by_nonce.setdefault(execution.nonce, []).append(execution)
    judged = slowest_ms = 0
    for inject, heal in faults:
        for nonce in heal.value["nonces"]:
            following = _hit(by_nonce.get(nonce, []), inject, heal)
            run = view.runs.get(nonce)
            if following is None or run is None or run.disturbed:
                continue
            judged += 1
            took_ms = max(0, following.start - heal.t) // MS
            slowest_ms = max(slowest_ms, took_ms)
            _judge(heal, following, took_ms, notes)
    return notes.result(judged=judged, nothing=NOTHING, slowest_ms=slowest_ms)


def _faults_with_ends(view: View) -> Iterator[tuple[Record, Record]]:
    """The two ends of each fault that names runs and says how long it is felt."""
    under_way: dict[tuple[str, ...], list[Record]] = {}
    for record in view.parts.faults:
        hit = record.value.get("nonces") or ()
        same = under_way.setdefault((record.op, str(record.value.get("replica")), *hit), [])
        if record.value.get("phase") == "inject":
            same.append(record)
        elif same:
            inject = same.pop()
            if hit and record.value.get("recovery_ms") is not None:
                yield inject, record


def _hit(own: list[Execution], inject: Record, heal: Record) -> Execution | None:
    """The first execution after the fault, if the fault cut one off."""
    cut = [each for each in own if each.start < inject.t and each.ended is None]
    later = [each for each in own if each.start > inject.t]
    return later[0] if cut and later and cut[-1].stop < heal.t else None


def _judge(heal: Record, following: Execution, took_ms: int, notes: Notebook) -> None:
    bound_ms = int(heal.value["recovery_ms"]) + BOUND_MS
    if took_ms > bound_ms:
        notes.find(
            following.nonce,
            f"run {following.nonce} went on {took_ms} ms after {heal.op} had been healed",
            expected=f"within {bound_ms} ms",
            actual=f"{took_ms} ms",
            records=(heal.i, following.begun),
        )
