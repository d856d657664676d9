"""F11: all replicas show the same.

Anomaly: of a thread at rest, the state, the history, the runs or the thread itself differ between
two replicas that were asked in the same phase.
Assumes: at rest; the addresses are different replicas of one deployment.
Blind to: replicas behind one address.
"""

from itertools import groupby

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import LATE, REST
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import Json

NUMBER = 11
TITLE = "Replicas agree"
TEXT = "Every replica shows the same state, history, runs and status of a thread at rest."
LEVEL, SCOPE = "MUST", "ext"
NAME = "replicas_agree"
LACKS = "only one address was given"

OPS = ("thread.read", "thread.state", "thread.history", "thread.runs")
#: What belongs to the question and not to the answer.
OF_THE_QUESTION = frozenset({"replica", "call_t", "phase", "run"})


def judge(view: FieldView) -> CheckResult:
    """Judge the views of every thread at rest against each other."""
    book = Notebook(NAME)
    judged = 0
    for thread in view.threads.values():
        for phase in (REST, LATE):
            for op in OPS:
                judged += _judge_views(thread, thread.list_views(op, phase), book)
    return book.result(judged=judged, nothing=LACKS)


def _judge_views(thread: FieldThread, views: list[Record], book: Notebook) -> bool:
    first = {
        at: next(group) for at, group in groupby(views, key=lambda each: each.value["replica"])
    }
    shown = list(first.values())
    for other in shown[1:]:
        one, two = _answer(shown[0]), _answer(other)
        names = sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
        if names:
            book.find(
                thread.id,
                f"{other.op} of thread {thread.id} differs between replicas in {names[0]!r}",
                expected=str(one.get(names[0]))[:200],
                actual=str(two.get(names[0]))[:200],
                records=(shown[0].i, other.i),
            )
    return len(shown) > 1


def _answer(record: Record) -> Json:
    shown = {name: each for name, each in record.value.items() if name not in OF_THE_QUESTION}
    if shown.get("keys"):
        # Two processes may put the same set in different orders.
        shown["keys"] = {name: loose for name, (_, loose) in shown["keys"].items()}
    return shown
