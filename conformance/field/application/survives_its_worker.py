"""APP-07: a run does not survive the loss of its worker.

Anomaly: a run that was under way when a worker was killed, stalled or asked to end comes to an
error, and no run without a fault does.
Blind to: effects of nodes that were executed again.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.application._faults import list_faults
from onceproof.conformance.field.views.progress import was_under_way
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.view import FieldView

NUMBER = 7
TITLE = "Runs survive their worker"
TEXT = (
    "A run whose worker is killed, stalled or asked to end goes on in another process, with the "
    "state as it was stored, and comes to the end that it would have had."
)
LEVEL, SCOPE = "MUST", "ext"
LACKS = "no run was under way when a worker was lost: more runs (--max-runs) meet more faults"
OF_WORKERS = frozenset({"process-killed", "process-paused", "process-stopped"})
FAILED = frozenset({"error", "timeout"})


def judge(view: FieldView) -> CheckResult:
    """Judge the runs that were under way on a worker that was lost."""
    book = Notebook("survives_its_worker")
    judged = 0
    struck = {r.label: [f for f in r.faults if f.name in OF_WORKERS] for r in view.accepted_runs}
    calm_fail = any(r.status in FAILED for r in view.accepted_runs if not struck[r.label])
    for run in view.accepted_runs:
        met = [each for each in struck[run.label] if was_under_way(run, each)]
        judged += bool(met)
        if met and run.status in FAILED and not calm_fail and run.first_end is not None:
            what = f"run {run.run_id} did not survive {met[0]}{_explain(view, run)}"
            records = (met[0].injected.i, run.first_end.i)
            book.find(run.label, what, expected="success", actual=run.status, records=records)
    return book.result(judged=judged, nothing=LACKS)


def _explain(view: FieldView, run: FieldRun) -> str:
    said = [n.value["text"] for n in list_faults(view) if n.value["run_id"] == run.run_id]
    return f": {said[0]}" if said else ""
