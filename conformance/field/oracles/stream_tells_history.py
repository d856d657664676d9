"""F5: what a stream says of checkpoints, super-steps and tasks is what the history holds.

Anomaly: the `checkpoints` events of the root graph and the run's part of the history differ in ids
or order; a stored super-step of the loop was announced without any `updates` event or task before
it, except the one that takes in the input; a task starts and never ends although the run succeeds,
or ends twice.
Assumes: the modes were asked for together on one stream, one attempt executed the run, and it met
no fault.
Blind to: what no mode carries.
"""

from collections import Counter

from onceproof.conformance.checks.result import CheckResult, Notebook, shorten
from onceproof.conformance.field.views.reader import Reader
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.history.record import Record

NUMBER = 5
TITLE = "The stream tells the history"
TEXT = (
    "The checkpoints and tasks that a run's stream announces are those that its thread's history "
    "holds, in the same order, each once."
)
LEVEL, SCOPE = "MUST", "core"
NAME = "stream_tells_history"


def judge(view: FieldView) -> CheckResult:
    """Judge every run whose uncut reader saw its end."""
    book = Notebook(NAME)
    judged = 0
    for run in view.accepted_runs:
        reader = run.live
        if reader is None or not run.ran_freely or run.attempts > 1 or run.faults:
            continue
        compared = _judge_checkpoints(run, reader, view.thread_of(run), book)
        tasks = _judge_tasks(run, reader, book)
        judged += compared or tasks
    return book.result(judged=judged, nothing="no stream showed checkpoints or tasks")


def _judge_checkpoints(run: FieldRun, reader: Reader, thread: FieldThread, book: Notebook) -> bool:
    events = reader.list_root("checkpoints")
    if not events or not thread.shows_runs or run.status not in ("success", "interrupted"):
        return False
    # One that an earlier run made may be announced again when a run resumes from it.
    stored = [each["id"] for each in thread.list_made_by(run)]
    earlier = thread.checkpoints.keys() - set(stored)
    ours = [each for each in events if each.value.get("checkpoint") not in earlier]
    announced = [each.value.get("checkpoint") for each in ours]
    if announced != stored:
        book.find(
            run.label,
            f"run {run.run_id}: its stream announced other checkpoints than are stored",
            expected=_name(stored),
            actual=_name(announced),
            records=_list_records(ours or events, thread),
        )
    _judge_work(run, reader, set(stored), book)
    return True


def _list_records(events: list[Record], thread: FieldThread) -> tuple[int, ...]:
    listing = [thread.history] if thread.history else []
    return tuple(each.i for each in (*events[:1], *events[-1:], *listing))


def _name(ids: list[str]) -> str:
    return f"{len(ids)} checkpoints: {', '.join(str(each)[:36] for each in ids[:40])}"


def _judge_work(run: FieldRun, reader: Reader, stored: set[str], book: Notebook) -> None:
    """A super-step of the loop is the work of at least one task."""
    worked, after_input = False, False
    for event in reader.events:
        value = event.value
        if value.get("ns"):
            continue
        if value["name"] in ("updates", "tasks"):
            worked = True
        elif value["name"] == "checkpoints":
            own = value.get("checkpoint") in stored and value.get("source") == "loop"
            if own and not worked and not after_input:
                book.find(
                    run.label,
                    f"run {run.run_id}: step {value.get('step')} was stored, but no update or "
                    "task of it was streamed",
                    expected="an event of the work before its checkpoint",
                    actual="none since the checkpoint before",
                    records=(event.i,),
                )
            worked, after_input = False, value.get("source") == "input"


def _judge_tasks(run: FieldRun, reader: Reader, book: Notebook) -> bool:
    tasks = [each for each in reader.list_all("tasks") if each.value.get("task")]
    ends = Counter(_place(each.value) for each in tasks if each.value["phase"] == "end")
    starts = {_place(each.value): each for each in tasks if each.value["phase"] == "start"}
    for place, started in starts.items():
        times = ends[place]
        if times > 1 or (times == 0 and run.status == "success" and not run.stops_to_ask):
            found = [each.i for each in tasks if _place(each.value) == place]
            what = "never ended" if times == 0 else f"ended {times} times"
            book.find(
                run.label,
                f"run {run.run_id}: task {place[1]} ({started.value.get('node')}) {what}",
                expected="one end for each start",
                actual=f"{times} ends, records {shorten(found)}",
                records=tuple(found),
            )
    return bool(tasks)


def _place(value: dict[str, str]) -> tuple[str, str]:
    return value.get("ns") or "", value["task"]
