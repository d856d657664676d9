"""F10: questions to a human keep their books.

Anomaly: a run that stopped to ask, and the ids of its questions on its stream, in the thread and in
the state differ; a question is gone although no run came after it; an answer to one of several
questions closed another.
Assumes: answers are the operator's (`--resume`), one question by its id each where there are more.
Blind to: whether a question that is asked again should be: a graph may validate answers.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import ENDED, LATE, REST
from onceproof.conformance.history.record import Record

NUMBER = 10
TITLE = "Questions keep their books"
TEXT = (
    "The questions of an interrupted run are the same on its stream, in its thread and in its "
    "state; each stays until it is answered, and an answer closes no other."
)
LEVEL, SCOPE = "MUST", "ext"
NAME = "questions"
LACKS = "no run stopped to ask"


def judge(view: FieldView) -> CheckResult:
    """Judge the threads whose runs stopped to ask."""
    book = Notebook(NAME)
    judged = 0
    for thread in view.threads.values():
        judged += _judge_last(thread, book)
        judged += sum(_judge_answer(thread, run, book) for run in thread.accepted_runs)
    return book.result(judged=judged, nothing=LACKS)


def _judge_last(thread: FieldThread, book: Notebook) -> bool:
    """The questions of the last run, in all views of the thread that were read after it."""
    run = thread.accepted_runs[-1] if thread.accepted_runs else None
    if run is None or not run.ran_freely or run.status not in ("success", "interrupted"):
        return False
    views = [
        each
        for op in ("thread.state", "thread.read")
        for each in thread.list_views(op, ENDED, REST, LATE)
        if run.first_end
        and each.value["call_t"] > run.first_end.t
        and each.value.get("questions") is not None
    ]
    asked = _list_questions(run)
    shown = [(set(each.value["questions"]), each) for each in views]
    if asked is not None:
        shown.insert(0, asked)
    for ids, each in shown[1:]:
        first, start = shown[0]
        if ids != first:
            book.find(
                thread.id,
                f"the questions of thread {thread.id} differ between two views",
                expected=", ".join(sorted(first)) or "none",
                actual=", ".join(sorted(ids)) or "none",
                records=(start.i, each.i),
            )
    return bool(shown) and any(ids for ids, _ in shown)


def _list_questions(run: FieldRun) -> tuple[set[str], Record] | None:
    events = [
        each
        for each in (run.live.events if run.live and not run.lost_events else ())
        if each.value.get("questions") and not each.value.get("ns")
    ]
    if not events:
        return None
    return {name for each in events for name in each.value["questions"]}, events[0]


def _judge_answer(thread: FieldThread, run: FieldRun, book: Notebook) -> bool:
    """One of several questions was answered: the others are still there."""
    answered = run.create.value.get("answers")
    asked = run.create.value.get("questions") or []
    if not answered or len(asked) <= len(answered) or run.first_end is None:
        return False
    views = [
        each
        for each in thread.list_views("thread.state", ENDED)
        if each.value["call_t"] > run.first_end.t and each.value.get("run") == run.label
    ]
    for each in views[:1]:
        lost = set(asked) - set(answered) - set(each.value.get("questions") or ())
        if lost:
            book.find(
                thread.id,
                f"an answer to {answered[0]} closed {', '.join(sorted(lost))}, too",
                expected="the other questions still open",
                actual=", ".join(each.value.get("questions") or ()) or "no question",
                records=(run.create.i, each.i),
            )
    return bool(views)
