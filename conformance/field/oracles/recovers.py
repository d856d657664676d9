"""F15: what is broken on purpose costs a run time, and nothing else.

Anomaly, for a run that a fault may have touched: it begins anew although it had stored a
checkpoint; a super-step that it had stored is stored again. For one surely under way when something
was broken, also: it ends in an error that no run without a fault ended in; it is begun again, or
moves, later than the bound after the mending, or after the end of a process that was asked to end.
For a run that met no fault: it is executed twice.
Assumes: levers; times and second executions are judged where the timings of the target are known,
since after a fault it needs as long as these say. A run may be silent for three times as long as
any that met no fault.
Blind to: effects of nodes that were executed again, which nothing can prevent.
"""

from dataclasses import replace

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.fault import FieldFault
from onceproof.conformance.field.views.progress import (
    find_restarts,
    list_signs,
    measure_silence,
    was_under_way,
)
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import HANDS
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import DIED
from onceproof.conformance.verdict import Verdict

NUMBER = 15
TITLE = "Runs recover"
TEXT = (
    "A run whose worker is killed, stalled or asked to end, or whose API process, Redis or "
    "Postgres is gone for a while, goes on from its last checkpoint within a bound, stores no "
    "super-step again, and comes to the end that it would have had."
)
LEVEL, SCOPE = "MUST", "ext"
NAME = "recovers"
NO_HANDS = "nothing was broken on purpose: it takes levers on its processes (--levers, --lever)"
MISSED = "no run was under way when something was broken: more runs (--max-runs) meet more faults"
#: Reads of a run come so far apart.
POLL_NS = 2_000_000_000
SILENCES = 3
FAILED = frozenset({"error", "timeout"})


def judge(view: FieldView) -> CheckResult:
    """Judge every run that was under way when something was broken."""
    book = Notebook(NAME)
    hands = next((mark for mark in view.marks if mark.op == HANDS), None)
    calm = [run for run in view.accepted_runs if not run.faults]
    silence = measure_silence(calm)
    ends = {run.status for run in view.accepted_runs if all(f.name == DIED for f in run.faults)}
    judged = 0
    for run in view.accepted_runs:
        planned = [fault for fault in run.faults if fault.name != DIED]
        met = [fault for fault in planned if was_under_way(run, fault)]
        judged += len(met)
        for fault in met:
            _judge_time(run, fault, (_find_lease(hands), silence), book)
        if planned:
            _judge_steps(view, run, [*met, *planned][0], book)
        if met:
            _judge_end(run, met[0], ends, book)
    if _find_lease(hands) is not None:
        _judge_calm(calm, book)
    result = book.result(judged=judged, nothing=MISSED if view.faults else NO_HANDS)
    lacks = tuple(hands.value.get("lacks") or ()) if hands else ()
    unbroken = result.verdict is Verdict.INCONCLUSIVE and not view.faults
    verdict = Verdict.NOT_JUDGED if unbroken else result.verdict
    return replace(result, verdict=verdict, notices=(*result.notices, *lacks))


def _find_lease(hands: Record | None) -> int | None:
    lease_ms = hands.value.get("lease_ms") if hands else None
    return None if lease_ms is None else int(lease_ms * 1_000_000)


def _judge_time(
    run: FieldRun, fault: FieldFault, known: tuple[int | None, float | None], book: Notebook
) -> None:
    lease_ns, silence = known
    if fault.healed is None or lease_ns is None:
        return
    start, bound = fault.healed, fault.recovery_ns
    if fault.stopped is not None:
        # Who ends in good order says which runs it leaves: no lease has to pass.
        start, bound = fault.stopped, fault.recovery_ns - lease_ns
    again = [each for each in find_restarts(run) if each.t > fault.injected.t]
    if again and again[0].t > start.t + bound:
        _accuse_late(run, fault, (start, again[0]), bound, book)
    signs = [each for each in list_signs(run) if each.t > fault.healed.t]
    if not again and silence is not None and signs:
        patience = fault.recovery_ns + int(SILENCES * silence) + POLL_NS
        if signs[0].t > fault.healed.t + patience:
            _accuse_late(run, fault, (fault.healed, signs[0]), patience, book)


def _accuse_late(
    run: FieldRun, fault: FieldFault, pair: tuple[Record, Record], bound: int, book: Notebook
) -> None:
    start, sign = pair
    took = (sign.t - start.t) / 1e9
    what = "that process had ended" if start is fault.stopped else "it was mended"
    book.find(
        run.label,
        f"run {run.run_id} went on {took:.1f} s after {fault}: {what}, and nobody took it over",
        expected=f"within {bound / 1e9:.1f} s",
        actual=f"{took:.1f} s",
        records=(fault.injected.i, start.i, sign.i),
    )


def _judge_steps(view: FieldView, run: FieldRun, fault: FieldFault, book: Notebook) -> None:
    thread = view.thread_of(run)
    own = [each for each in thread.checkpoints.values() if each.get("run_id") == run.run_id]
    if not thread.shows_runs or not own or run.has_successor:
        return
    listing = (thread.history.i,) if thread.history else ()
    steps = [each["step"] for each in own if each.get("step") is not None]
    for step in sorted({each for each in steps if steps.count(each) > 1}):
        book.find(
            run.label,
            f"step {step} of run {run.run_id} was stored again after {fault}",
            expected="each super-step stored once",
            actual=f"{steps.count(step)} checkpoints",
            records=(fault.injected.i, *listing),
        )
    if sum(each.get("source") == "input" for each in own) > 1:
        book.find(
            run.label,
            f"run {run.run_id} was begun anew after {fault}, and not from its last checkpoint",
            expected="one checkpoint of its input",
            actual="more than one",
            records=(fault.injected.i, *listing),
        )


def _judge_end(run: FieldRun, fault: FieldFault, ends: set[str | None], book: Notebook) -> None:
    ended = run.first_end
    if ended is None or run.status not in FAILED or not run.ran_freely:
        return
    if "success" in ends and not ends & FAILED:
        book.find(
            run.label,
            f"run {run.run_id} ended in {run.status} after {fault}",
            expected="the end that a run has without a fault",
            actual=str(run.status),
            records=(fault.injected.i, ended.i),
        )


def _judge_calm(calm: list[FieldRun], book: Notebook) -> None:
    """A run whose worker is well is executed once, however long its nodes take."""
    for run in calm:
        again = find_restarts(run)
        reads = [read for read in run.reads if (read.value.get("attempt") or 1) > 1]
        for record in [*again, *reads][:1]:
            book.find(
                run.label,
                f"run {run.run_id} was executed again although nothing was broken",
                expected="one execution",
                actual=f"{record.op} shows another",
                records=(run.create.i, record.i),
            )
