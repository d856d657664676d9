"""F1: an acknowledged run comes to one terminal status, once, and is not forgotten.

Anomaly: unknown to a replica that was asked after the acknowledgement, without a terminal status at
the deadline (stuck), unknown to the server at the end (vanished), shown with two terminal statuses,
or shown as going on by a read that began after another had shown it over. A run that the next one
rolled back may be gone.
Assumes: the deadline is longer than any honest run of this graph takes.
Blind to: runs that nobody could read.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import TERMINAL

NUMBER = 1
TITLE = "A run ends once"
TEXT = (
    "Every acknowledged run comes to exactly one terminal status, and no read on any replica "
    "shows it going on after another has shown it over."
)
LEVEL, SCOPE = "MUST", "core"
NAME = "ends_once"


def judge(view: FieldView) -> CheckResult:
    """Judge every accepted run by all reads of its status."""
    book = Notebook(NAME)
    read = [run for run in view.accepted_runs if run.reads or run.finals]
    for run in read:
        _judge_end(run, book)
        _judge_reads(run, book)
    return book.result(judged=len(read), nothing="no accepted run could be read")


def _judge_end(run: FieldRun, book: Notebook) -> None:
    for final in run.finals[-1:]:
        status = final.value.get("status")
        if status is None and not run.is_rolled_back:
            _accuse(run, final, book, "vanished: the server does not know it any more", "unknown")
        elif status is not None and status not in TERMINAL:
            _accuse(run, final, book, "is stuck: it has not ended by the deadline", status)


def _accuse(run: FieldRun, final: Record, book: Notebook, what: str, actual: str) -> None:
    first = run.accepted or run.create
    book.find(
        run.label,
        f"run {run.run_id} {what}",
        expected="one terminal status",
        actual=actual,
        records=(first.i, final.i),
    )


def _judge_reads(run: FieldRun, book: Notebook) -> None:
    if run.accepted is not None and not run.is_rolled_back:
        for read in run.reads:
            if read.value.get("status") is None and read.value["call_t"] > run.accepted.t:
                what = "was unknown to a replica after it had been acknowledged"
                _accuse(run, read, book, what, "unknown")
    ended = run.first_end
    if ended is None:
        return
    first = ended.value["status"]
    for read in (*run.reads, *run.finals):
        status = read.value.get("status")
        # A read is later only if it began after the other had been answered.
        later = read.value.get("call_t", read.t) > ended.t
        if status in TERMINAL and status != first:
            sentence = f"run {run.run_id} ended twice: as {first} and as {status}"
        elif later and status is not None and status not in TERMINAL:
            sentence = f"run {run.run_id} went back from {first} to {status}"
        else:
            continue
        pair = (ended.i, read.i)
        book.find(run.label, sentence, expected=f"{first} for ever", actual=status, records=pair)
