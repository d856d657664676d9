"""F3: nothing is committed for a run that is over, and no rival commits beside it.

Anomaly: a checkpoint of a run that is not on the way from the thread's latest checkpoint to its
root, so that somebody else went on from the same parent; or a checkpoint that appears in a later
listing of a thread although its run had been seen over before the earlier listing was asked for.
Assumes: nobody else uses the thread. No clock of the server is trusted.
Blind to: late writes that leave no checkpoint, or that come after the last listing.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import GRACE_NS

NUMBER = 3
TITLE = "No commit comes late"
TEXT = (
    "A run that is over, and an execution of a run that another has taken over, commit nothing "
    "more, neither on the thread's chain of checkpoints nor beside it."
)
LEVEL, SCOPE = "MUST", "core"
NAME = "late_commit"


def judge(view: FieldView) -> CheckResult:
    """Judge the checkpoints of every thread that was listed."""
    book = Notebook(NAME)
    threads = [thread for thread in view.threads.values() if thread.head_chain]
    threads = [thread for thread in threads if thread.shows_runs]
    for thread in threads:
        _judge_siblings(thread, book)
        _judge_arrivals(thread, book)
    return book.result(judged=len(threads), nothing="no history names the runs of its checkpoints")


def _judge_siblings(thread: FieldThread, book: Notebook) -> None:
    chain = {each["id"] for each in thread.head_chain}
    ours = {run.run_id: run for run in thread.accepted_runs}
    for each in thread.checkpoints.values():
        run = ours.get(each.get("run_id"))
        if each["id"] in chain or run is None or run.has_successor:
            continue
        book.find(
            run.label,
            f"step {each.get('step')} of run {run.run_id} stands beside the thread's chain",
            expected="each checkpoint on the way from the latest to the root",
            actual=f"checkpoint {each['id']} has a rival with the same parent",
            records=(thread.history.i,) if thread.history else (),
        )


def _judge_arrivals(thread: FieldThread, book: Notebook) -> None:
    listings = [each for each in thread.list_views("thread.history") if each.value.get("whole")]
    ours = {run.run_id: run for run in thread.accepted_runs}
    seen: set[str] = set()
    for n, listing in enumerate(listings):
        chain = listing.value["chain"]
        before = listings[n - 1] if n else None
        for each in chain if before is not None else ():
            run = ours.get(each.get("run_id"))
            ended = run.first_end if run else None
            if each["id"] in seen or run is None or ended is None or before is None:
                continue
            if before.value["call_t"] > ended.t + GRACE_NS:
                book.find(
                    run.label,
                    f"run {run.run_id} committed step {each.get('step')} after it had ended",
                    expected="no new checkpoint of a run that is over",
                    actual=f"checkpoint {each['id']} was not there before",
                    records=(ended.i, before.i, listing.i),
                )
        seen |= {each["id"] for each in chain}
