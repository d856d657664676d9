"""F2: the super-steps of the runs of a thread are committed once, in order, without a gap.

Anomaly, on the way from a thread's latest checkpoint by parents: a missing parent; a step that is
not its parent's plus one, except at `input`, `update` and `fork`; two checkpoints of one run and
step; a run's checkpoints with another run's between them; a successful run without a checkpoint;
one of a run that was rolled back and is gone; runs in another order than they were accepted in.
Assumes: durability sync or async; checkpoints name their run, else those parts are not judged.
Blind to: a super-step executed twice whose first result was never stored.
"""

from itertools import groupby, pairwise

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.history.values import Json

NUMBER = 2
TITLE = "Super-steps are committed once"
TEXT = (
    "The checkpoints of a thread form one unbroken chain in which each super-step of each run "
    "stands once, in order, and no run stands among the steps of another."
)
LEVEL, SCOPE = "MUST", "core"
NAME = "committed_once"

#: Where a step need not be its parent's plus one.
FREE = frozenset({"input", "update", "fork"})


def judge(view: FieldView) -> CheckResult:
    """Judge the head chain of every thread whose history was read whole."""
    book = Notebook(NAME)
    threads = [thread for thread in view.threads.values() if thread.head_chain]
    for thread in threads:
        _judge_links(thread, book)
        if thread.shows_runs:
            _judge_steps(thread, book)
            _judge_order(thread, book)
            _judge_presence(thread, book)
            _judge_rollbacks(thread, book)
    steps = sum(len(thread.head_chain) for thread in threads)
    return book.result(
        judged=len(threads), nothing="no history of a thread could be read whole", checkpoints=steps
    )


def _accuse(thread: FieldThread, book: Notebook, what: str, expected: str, actual: str) -> None:
    listing = (thread.history.i,) if thread.history else ()
    book.find(
        thread.id, f"thread {thread.id}: {what}", expected=expected, actual=actual, records=listing
    )


def _judge_links(thread: FieldThread, book: Notebook) -> None:
    root = thread.head_chain[0]
    if root.get("parent"):
        what = f"the parent of checkpoint {root['id']} is missing"
        _accuse(thread, book, what, f"checkpoint {root['parent']}", "not in the history")
    for before, after in pairwise(thread.head_chain):
        one, two = before.get("step"), after.get("step")
        if after.get("source") in FREE or one is None or two is None or two == one + 1:
            continue
        what = f"step {two} of run {after.get('run_id')} follows step {one}"
        _accuse(thread, book, what, f"step {one + 1}", f"step {two}")


def _judge_steps(thread: FieldThread, book: Notebook) -> None:
    seen: set[tuple[str, int]] = set()
    for each in thread.head_chain:
        if each.get("run_id") is None or each.get("step") is None:
            continue
        place = each["run_id"], each["step"]
        if place in seen:
            what = f"step {place[1]} of run {place[0]} was committed twice"
            _accuse(thread, book, what, "one checkpoint", "two on the head chain")
        seen.add(place)


def _judge_order(thread: FieldThread, book: Notebook) -> None:
    blocks = [name for name, _ in groupby(thread.head_chain, key=_run_of) if name]
    for name in {each for each in blocks if blocks.count(each) > 1}:
        what = f"the checkpoints of run {name} have those of another between them"
        _accuse(thread, book, what, "its super-steps in one piece", f"{blocks.count(name)} pieces")
    places = {run.run_id: n for n, run in enumerate(thread.accepted_runs)}
    ours = [name for name in dict.fromkeys(blocks) if name in places]
    for one, two in pairwise(ours):
        if places[one] > places[two]:
            what = f"run {two} was executed after run {one}"
            _accuse(thread, book, what, "the order in which they were accepted", "the reverse")


def _judge_presence(thread: FieldThread, book: Notebook) -> None:
    for run in thread.accepted_runs:
        # One that only asked again leaves a question and no checkpoint.
        finished = run.status == "success" and run.live is not None and not run.stops_to_ask
        if finished and not run.has_successor and not thread.list_made_by(run):
            what = f"run {run.run_id} succeeded and left no checkpoint"
            _accuse(thread, book, what, "at least one", "none on the head chain")


def _judge_rollbacks(thread: FieldThread, book: Notebook) -> None:
    """A run that the next one has rolled back is gone, and so is what it committed."""
    for run in thread.accepted_runs:
        is_gone = bool(run.finals) and run.finals[-1].value.get("status") is None
        if run.is_rolled_back and is_gone and thread.list_made_by(run):
            what = f"run {run.run_id} was rolled back, but not its checkpoints"
            _accuse(thread, book, what, "none of them", "some on the head chain")


def _run_of(checkpoint: Json) -> str | None:
    run_id: str | None = checkpoint.get("run_id")
    return run_id
