"""F7: where the strategy promises it, one run of a thread at a time.

Anomaly: two runs of a thread `running` in one listing; or one of them seen running between two
reads that show the other running, each read ended before the next began. A run that a rival on the
same thread was to be refused for (`reject`) was accepted while the other was surely under way.
Assumes: every run of the pair was made with enqueue or reject; the threads are ours alone.
Blind to: overlap between reads; the checkpoints of overlapping runs are judged by F2.
"""

from itertools import combinations, permutations

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.run import TAKES_OVER, FieldRun
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.history.record import Record

NUMBER = 7
TITLE = "One run at a time"
TEXT = (
    "Of the runs of a thread that are queued with enqueue or guarded with reject, one executes at "
    "a time; reject refuses while another is under way."
)
LEVEL, SCOPE = "MUST", "ext"
NAME = "one_at_a_time"
LACKS = "no thread had a second run while the first was under way"


def judge(view: FieldView) -> CheckResult:
    """Judge the threads that had more than one run."""
    book = Notebook(NAME)
    judged = 0
    for thread in view.threads.values():
        runs = [run for run in thread.accepted_runs if run.strategy not in TAKES_OVER]
        if any(run.has_successor for run in thread.accepted_runs) or not _had_company(thread):
            continue
        judged += 1
        for one, two in combinations(runs, 2):
            _judge_pair(one, two, book)
            _judge_reject(one, two, book)
        _judge_listings(thread, book)
    return book.result(judged=judged, nothing=LACKS)


def _had_company(thread: FieldThread) -> bool:
    """Whether a run was asked for while another was not seen over."""
    pairs = permutations(thread.runs, 2)
    return any(
        one.accepted is not None and two.create.t < _end_of(one) and one.create.t < _end_of(two)
        for one, two in pairs
    )


def _end_of(run: FieldRun) -> float:
    ended = run.refused or run.first_end
    return float("inf") if ended is None else ended.t


def _judge_pair(one: FieldRun, two: FieldRun, book: Notebook) -> None:
    for outer, inner in ((one, two), (two, one)):
        shown = _list_running(outer)
        for read in _list_running(inner):
            before = [each for each in shown if each.t < read.value["call_t"]]
            after = [each for each in shown if each.value["call_t"] > read.t]
            if before and after:
                book.find(
                    inner.thread,
                    f"runs {outer.run_id} and {inner.run_id} of one thread ran at once",
                    expected="one running at a time",
                    actual="the second was running between two reads of the first",
                    records=(before[-1].i, read.i, after[0].i),
                )


def _judge_reject(one: FieldRun, two: FieldRun, book: Notebook) -> None:
    if two.strategy != "reject" or two.accepted is None:
        return
    later = [each for each in one.reads if each.value["call_t"] > two.accepted.t]
    active = [each for each in later if each.value["status"] in ("pending", "running")]
    if active:
        book.find(
            two.thread,
            f"run {two.run_id} was accepted with reject while run {one.run_id} was under way",
            expected="a refusal",
            actual=f"accepted, and the other still {active[0].value['status']} later",
            records=(two.accepted.i, active[0].i),
        )


def _judge_listings(thread: FieldThread, book: Notebook) -> None:
    for listing in thread.list_views("thread.runs"):
        running = [each for each in listing.value["runs"] if each["status"] == "running"]
        if len(running) > 1:
            names = ", ".join(str(each["run_id"]) for each in running)
            book.find(
                thread.id,
                f"a listing of thread {thread.id} shows {len(running)} runs running",
                expected="at most one",
                actual=names,
                records=(listing.i,),
            )


def _list_running(run: FieldRun) -> list[Record]:
    return [each for each in run.reads if each.value["status"] == "running"]
