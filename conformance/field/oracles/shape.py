"""F13: answers and events have the documented shape.

Anomaly: an answer with success that is no JSON, or lacks a field that every client relies on (of a
run its id, thread and status, of a state its values and checkpoint); a status that no document
names; an event whose data is no JSON; a stream of another content type.
Assumes: nothing.
Blind to: fields that only some servers document.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.history.record import Record

NUMBER = 13
TITLE = "Answers have their shape"
TEXT = "Runs, threads, states and events have the fields that every client of the API relies on."
LEVEL, SCOPE = "MUST", "core"
NAME = "shape"


def judge(view: FieldView) -> CheckResult:
    """Judge what was noted of the shape of each answer and event."""
    book = Notebook(NAME)
    judged = 0
    for record in view.records:
        if record.kind not in ("ok", "event", "fail") or not isinstance(record.value, dict):
            continue
        judged += 1
        for problem in record.value.get("problems") or ():
            _accuse(record, problem, book)
    return book.result(judged=judged, nothing="nothing was answered")


def _accuse(record: Record, problem: str, book: Notebook) -> None:
    book.find(
        record.key or record.who,
        f"{record.op}: {problem}",
        expected="the documented shape",
        actual=problem,
        records=(record.i,),
    )
