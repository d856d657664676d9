"""F4: a thread at rest gives one answer, whichever way it is asked.

Anomaly: two of these differ in a key that both have: the last `values` event of the root graph, the
thread's `values`, the state's `values`, what `wait` and what `join` answered; all of the same run,
the last of its thread, which succeeded.
Assumes: an output schema or `select` only leaves keys out, so the keys in common are compared; a
stream that a fault may have taken events of is left out. The order of a list of plain values may
differ, as that of a set does, which is a notice.
Blind to: keys that only one view has; answers that are no objects; threads with an open question,
since what the tasks beside the one that asks have written may be shown, and need not be.
"""

from itertools import combinations

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import ENDED, LATE, REST
from onceproof.conformance.history.record import Record

NUMBER = 4
TITLE = "One answer"
TEXT = (
    "The last values event of a run, the thread's values, its state, and what wait and join "
    "answer are the same values."
)
LEVEL, SCOPE = "MUST", "core"
NAME = "one_answer"
LACKS = "no run showed its values in two ways"

#: A view by its name, and the record that shows it.
Shown = dict[str, Record]


def judge(view: FieldView) -> CheckResult:
    """Judge the last run of every thread by all views of its values."""
    book = Notebook(NAME)
    compared = 0
    for thread in view.threads.values():
        shown = _list_views(thread)
        for (name, one), (other, two) in combinations(shown.items(), 2):
            compared += _compare(thread, (name, one), (other, two), book)
    return book.result(judged=compared, nothing=LACKS)


def _list_views(thread: FieldThread) -> Shown:
    runs = thread.accepted_runs
    if not runs or not runs[-1].ran_freely or not _gives_answer(thread, runs[-1]):
        return {}
    shown = _list_answers(runs[-1])
    for op, name in (("thread.read", "the thread"), ("thread.state", "the state")):
        for phase in (ENDED, REST, LATE):
            for each in thread.list_views(op, phase):
                current = phase != ENDED or each.value.get("run") == runs[-1].label
                if current and each.value.get("keys") is not None:
                    shown[f"{name} ({phase}, replica {each.value.get('replica')})"] = each
    return shown


def _gives_answer(thread: FieldThread, run: FieldRun) -> bool:
    """Whether a run has come to its end, and not to a question."""
    views = (*thread.list_views("thread.state"), *thread.list_views("thread.read"))
    last = [each for each in views if run.first_end and each.t > run.first_end.t]
    asks = run.stops_to_ask or any(each.value.get("questions") for each in last)
    return run.status == "success" and not asks


def _list_answers(run: FieldRun) -> Shown:
    shown = {
        f"the answer of {each.value['via']}": each
        for each in run.results
        if each.value.get("keys") is not None
    }
    events = run.live.list_root("values") if run.live and not run.lost_events else []
    if events and events[-1].value.get("keys") is not None:
        shown["the last values event"] = events[-1]
    return shown


def _compare(
    thread: FieldThread, left: tuple[str, Record], right: tuple[str, Record], book: Notebook
) -> bool:
    (name, one), (other, two) = left, right
    keys, others = one.value["keys"], two.value["keys"]
    common = sorted(keys.keys() & others.keys())
    for key in common:
        exact, loose = keys[key], others[key]
        if exact[1] != loose[1]:
            book.find(
                thread.id,
                f"thread {thread.id}: {name} and {other} differ in {key!r}",
                expected=f"the same {key!r} in both",
                actual=f"{exact[0]} and {loose[0]} (digests)",
                records=(one.i, two.i),
            )
        elif exact[0] != loose[0]:
            book.notice(f"thread {thread.id}: {key!r} has another order in {name} and {other}")
    return bool(common)
