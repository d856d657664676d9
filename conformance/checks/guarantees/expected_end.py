"""Each run ends as whoever created it has said, and one that kills its process takes no second one.

Definition. The creator of a run may leave a mark: the statuses in which it may end, how often a
step of it may begin, and whether it is `fatal` to the process that executes it. It ends otherwise
if its last terminal status is none of these, and is tried too often if a step began more often. Too
many processes die if more of them ended by themselves than fatal runs were created. The fleet is
not whole if one of these is not up again at the end.
Cost: O(n).
Assumes: a fault `process-died` is left for each process that ends by itself, and for no other.
Lawful: any status of a run without a mark; a run that never ended, which the lost has.
Blind to: which run a process died of; executions that never reach the sink.
"""

from collections import Counter
from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import DIED, EXPECTED_END

PLACE = 23
NOTHING = "nobody said how a run should end"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each run with a mark that has ended, and the processes that died."""
    notes, view = Notebook("expected_end"), View.of(history)
    marks, begun = view.marks_of(EXPECTED_END), _count_begins(view)
    judged = fatal = 0
    for mark in marks:
        fatal += bool(mark.value.get("fatal"))
        run = view.runs.get(mark.value["nonce"])
        if run is not None and (status := run.terminal()) is not None:
            judged += 1
            _judge(mark, status, begun[run.nonce], notes)
    records = [each for each in view.parts.faults if each.op == DIED]
    deaths = [each for each in records if each.value["phase"] == "inject"]
    down = [each for each in records if each.value.get("up") is False]
    if marks:
        _judge_deaths(deaths, down, fatal, notes)
    return notes.result(judged=judged, nothing=NOTHING, fatal=fatal, deaths=len(deaths))


def _judge_deaths(
    deaths: Sequence[Record], down: Sequence[Record], fatal: int, notes: Notebook
) -> None:
    if len(deaths) > fatal:
        notes.find(
            "processes",
            f"{len(deaths)} processes died by themselves, of {fatal} runs that are fatal to one",
            expected=f"at most {fatal}",
            actual=str(len(deaths)),
            records=tuple(each.i for each in deaths),
        )
    if down:
        notes.find(
            "processes",
            f"{len(down)} processes that died could not be started again",
            expected="a process that is up",
            actual="none",
            records=tuple(each.i for each in down),
        )


def _judge(mark: Record, status: str, begun: int, notes: Notebook) -> None:
    nonce, wanted, most = mark.value["nonce"], mark.value["statuses"], mark.value["most"]
    if status not in wanted:
        notes.find(
            nonce,
            f"run {nonce} did not end as expected",
            expected=" or ".join(wanted),
            actual=status,
            records=(mark.i,),
        )
    if begun > most:
        notes.find(
            nonce,
            f"a step of run {nonce} was begun too often",
            expected=f"at most {most} times",
            actual=f"{begun} times",
            records=(mark.i,),
        )


def _count_begins(view: View) -> Counter[str]:
    """How often the step of each run was begun that was begun most often."""
    steps = Counter((each.nonce, str(each.step)) for each in view.executions.values())
    most = Counter[str]()
    for (nonce, _), count in steps.items():
        most[nonce] = max(most[nonce], count)
    return most
