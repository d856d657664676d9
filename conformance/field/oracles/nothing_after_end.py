"""F8: once a run is over, nothing of it moves any more.

Anomaly: beyond the grace after a run was seen over, or after the answer to a cancel that waits for
the end, an event arrives on its live stream; a run goes on for ten seconds after a cancel was asked
for, and succeeds; after its end its `updated_at` changes; once all runs
of a thread are over, the `updated_at` or the latest checkpoint of the thread changes.
Assumes: nobody else uses the thread. Of a run that met a fault only what comes after the excuse.
Blind to: effects outside of the server; an ignored cancel of a run that was about to end.
"""

from itertools import pairwise

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import GRACE_NS, LATE, LIVE, REST
from onceproof.conformance.history.record import Record

NUMBER = 8
TITLE = "Nothing after the end"
TEXT = (
    "After a run has ended, also after an acknowledged cancel, no event, checkpoint or change of "
    "its thread follows."
)
LEVEL, SCOPE = "MUST", "core"
NAME = "nothing_after_end"
#: A cancel that was asked for so long before the last events was ignored.
TOO_LATE_NS = 10_000_000_000
LACKS = "nothing was read twice after an end"


def judge(view: FieldView) -> CheckResult:
    """Judge what was seen of runs and threads beyond the grace after their end."""
    book = Notebook(NAME)
    judged = 0
    for run in view.accepted_runs:
        judged += _judge_run(run, book)
    for thread in view.threads.values():
        judged += _judge_thread(thread, book)
    return book.result(judged=judged, nothing=LACKS)


def _judge_run(run: FieldRun, book: Notebook) -> bool:
    ended = run.first_end
    if ended is None or run.is_rolled_back:
        return False
    limit = max(ended.t + GRACE_NS, run.excused_until)
    _judge_cancel(run, book)
    # A cancel that is waited for is acknowledged when the run has stopped.
    quiet = max(min([limit, *(c.t + GRACE_NS for c in run.cancels)]), run.excused_until)
    for reader in run.readers:
        late = [each for each in reader.content if each.t > quiet and reader.role == LIVE]
        for event in late[:1]:
            what = f"an event of run {run.run_id} arrived after its end or its cancel"
            _accuse(run.label, what, event.value["name"], (ended, event), book)
    reads = [each for each in run.reads if each.value.get("call_t", 0) > limit]
    stamped = [each for each in reads if each.value.get("updated_at")]
    for one, two in pairwise(stamped):
        if one.value["updated_at"] != two.value["updated_at"]:
            what = f"run {run.run_id} was changed after its end"
            _accuse(run.label, what, str(two.value["updated_at"]), (ended, one, two), book)
    return len(reads) > 1


def _judge_cancel(run: FieldRun, book: Notebook) -> None:
    """A cancel may come too late for a run, but not by so much."""
    events = run.live.content if run.live and run.status == "success" else []
    for cancel in run.cancels:
        late = [each for each in events if each.t > cancel.value["call_t"] + TOO_LATE_NS]
        for event in late[:1]:
            what = f"run {run.run_id} went on long after it was to be cancelled, and succeeded"
            _accuse(run.label, what, event.value["name"], (cancel, event), book)


def _judge_thread(thread: FieldThread, book: Notebook) -> bool:
    ends = [run.first_end for run in thread.accepted_runs if not run.is_rolled_back]
    if not ends or None in ends:
        return False
    limit = max(each.t for each in ends if each) + GRACE_NS
    judged = False
    for op, name in (("thread.read", "updated_at"), ("thread.state", "checkpoint")):
        reads = [each for each in thread.list_views(op, REST, LATE) if each.value.get(name)]
        reads = [each for each in reads if each.value["call_t"] > limit]
        for one, two in pairwise(reads):
            judged = True
            if one.value[name] != two.value[name]:
                what = f"{name} of thread {thread.id} changed although its runs were over"
                _accuse(thread.id, what, str(two.value[name]), (one, two), book)
    return judged


def _accuse(key: str, what: str, actual: str, records: tuple[Record, ...], book: Notebook) -> None:
    indices = tuple(each.i for each in records)
    book.find(key, what, expected="nothing more", actual=actual, records=indices)
