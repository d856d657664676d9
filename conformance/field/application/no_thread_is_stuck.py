"""APP-06: a thread is left busy, or a run without an end.

Assumes: the deadline is longer than any honest run of this graph takes.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import LATE
from onceproof.conformance.history.vocabulary import TERMINAL

NUMBER = 6
TITLE = "No thread is left stuck"
TEXT = "When its runs are over a thread is free for the next one, and every run comes to its end."
LEVEL, SCOPE = "MUST", "core"


def judge(view: FieldView) -> CheckResult:
    """Judge the last reads of every thread and run."""
    book = Notebook("no_thread_is_stuck")
    judged = 0
    for thread in view.threads.values():
        for read in thread.list_views("thread.read", LATE)[-1:]:
            judged += 1
            if read.value.get("status") == "busy":
                what = f"thread {thread.id} is left busy: no other run can work on it"
                book.find(thread.id, what, expected="idle", actual="busy", records=(read.i,))
    for run in view.accepted_runs:
        for final in run.finals[-1:]:
            status = final.value.get("status")
            if status is not None and status not in TERMINAL:
                what = (
                    f"run {run.run_id} is still {status} beyond the deadline: a node waits for "
                    "something that does not come, or takes longer than --run-deadline"
                )
                book.find(run.label, what, expected="an end", actual=status, records=(final.i,))
    return book.result(judged=judged, nothing="no thread could be read at the end")
