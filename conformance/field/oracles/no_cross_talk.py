"""F12: nothing of one run shows up in another's.

Every run and thread carries a mark of its own in its metadata.
Anomaly: the mark of another thread's run stands in an event, a checkpoint or an entry of a list; a
checkpoint, or an entry of a list of runs, carries the mark of another run than its id says.
Assumes: metadata is stored with the run and its checkpoints.
Blind to: payloads that carry no metadata; a graph that puts its metadata into the store and reads
it again in another thread would be accused.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import Json

NUMBER = 12
TITLE = "No cross-talk"
TEXT = "No event, checkpoint or list entry of a run carries anything of another thread's run."
LEVEL, SCOPE = "MUST", "core"
NAME = "no_cross_talk"
LACKS = "no answer carried the metadata of a run"


def judge(view: FieldView) -> CheckResult:
    """Judge every mark that was seen in an event, a checkpoint or a list."""
    book = Notebook(NAME)
    judged = 0
    for reader in view.readers.values():
        run = view.runs.get(reader.label)
        for event in reader.events if run else ():
            judged += _judge_thread(view, run.thread if run else "", event, event.value, book)
    for thread in view.threads.values():
        for listing in thread.list_views("thread.history"):
            for entry in listing.value["chain"]:
                judged += _judge_thread(view, thread.id, listing, entry, book)
                _judge_run(view, listing, entry, book)
        for listing in thread.list_views("thread.runs"):
            for entry in listing.value["runs"]:
                judged += _judge_thread(view, thread.id, listing, entry, book)
                _judge_run(view, listing, entry, book)
    return book.result(judged=judged, nothing=LACKS)


def _judge_thread(
    view: FieldView, thread_id: str, record: Record, value: Json, book: Notebook
) -> int:
    marks: list[str] = value.get("marks") or []
    for mark in marks:
        owner = view.runs.get(mark)
        if owner is not None and owner.thread != thread_id:
            _accuse(record, f"{record.op} of thread {thread_id}", mark, book)
    return len(marks)


def _judge_run(view: FieldView, record: Record, entry: Json, book: Notebook) -> None:
    label = view.labels_by_run_id.get(entry.get("run_id") or "")
    mark = entry.get("mark")
    if label is not None and mark in view.runs and mark != label:
        _accuse(record, f"an entry of {record.op} for run {label}", str(mark), book)


def _accuse(record: Record, where: str, mark: str, book: Notebook) -> None:
    book.find(
        record.key or "",
        f"{where} carries the mark of run {mark}",
        expected="its own mark, or none",
        actual=mark,
        records=(record.i,),
    )
