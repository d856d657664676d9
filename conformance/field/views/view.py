"""All records of a field run, sorted once into runs, threads, readers and lists."""

from collections.abc import Callable, Sequence
from functools import cached_property

from onceproof.conformance.field.views.fault import FieldFault
from onceproof.conformance.field.views.reader import Reader
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.words import CUT, STOPPED
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import FINAL


class FieldView:
    """A field run as the oracles see it; not to be changed any more."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.runs: dict[str, FieldRun] = {}
        self.threads: dict[str, FieldThread] = {}
        self.readers: dict[str, Reader] = {}
        self.lists: list[Record] = []
        self.marks: list[Record] = []
        self.faults: list[FieldFault] = []
        for record in records:
            self._sort(record)
        for thread in self.threads.values():
            for run, following in zip(thread.accepted_runs, thread.accepted_runs[1:], strict=False):
                run.following = following
        for run in self.runs.values():
            run.meet(self.faults)

    @cached_property
    def accepted_runs(self) -> list[FieldRun]:
        """All runs that the server took."""
        return [run for run in self.runs.values() if run.accepted is not None]

    @cached_property
    def labels_by_run_id(self) -> dict[str, str]:
        """The label of each run by the id that the server gave it."""
        return {run.run_id: run.label for run in self.accepted_runs if run.run_id}

    def thread_of(self, run: FieldRun) -> FieldThread:
        """Return the thread of a run."""
        return self.threads[run.thread]

    def _sort(self, record: Record) -> None:
        subject = record.op.partition(".")[0]
        sorters: dict[str, Callable[[Record], None]] = {
            "run": self._sort_run,
            "sub": self._sort_reader,
            "thread": self._sort_thread,
            "list": self.lists.append,
            FINAL: self._sort_final,
        }
        if record.kind == "fault":
            self._sort_fault(record)
        elif record.kind == "mark" and record.op != "sub.close":
            self._sort_mark(record)
        elif record.kind == "snap" or subject in sorters:
            sorters[subject](record)

    def _sort_mark(self, record: Record) -> None:
        self.marks.append(record)
        if record.op == STOPPED and self.faults:
            self.faults[-1].stopped = record

    def _sort_fault(self, record: Record) -> None:
        if record.value["phase"] == "inject":
            self.faults.append(FieldFault(record.op, record))
            return
        replica = record.value.get("replica")
        for fault in self.faults[::-1]:
            if (fault.name, fault.replica) == (record.op, replica):
                fault.healed = fault.healed or record
                return

    def _sort_run(self, record: Record) -> None:
        label = record.key or ""
        if record.op == "run.create":
            self._sort_create(label, record)
        elif record.kind == "ok" and (run := self.runs.get(label)):
            kinds = {"run.status": run.reads, "run.result": run.results, "run.cancel": run.cancels}
            kinds.get(record.op, []).append(record)

    def _sort_create(self, label: str, record: Record) -> None:
        if record.kind == "invoke":
            thread = record.value["thread_id"]
            self.runs[label] = FieldRun(label, thread, record)
            return
        run = self.runs[label]
        if record.kind == "ok":
            run.accepted, run.run_id = record, record.value.get("run_id")
            self._thread(run.thread).runs.append(run)
        elif record.kind == "fail":
            run.refused = record
            self._thread(run.thread).runs.append(run)

    def _sort_final(self, record: Record) -> None:
        if run := self.runs.get(record.key or ""):
            run.finals.append(record)

    def _sort_reader(self, record: Record) -> None:
        key = record.key or ""
        if record.op == "sub.open" and record.kind == "invoke":
            self._open(key, record)
            return
        reader = self.readers[key]
        if record.op == "sub.event":
            reader.events.append(record)
        elif record.op == "sub.close":
            reader.endings.append(record)
        elif record.kind in ("fail", "info"):
            reader.refusals.append(record)
        elif record.kind == "ok":
            reader.refusals.clear()  # it tried again, and was let in

    def _open(self, key: str, record: Record) -> None:
        value = record.value
        if key in self.readers:
            self.readers[key].cuts += value["role"] == CUT
            return
        reader = Reader(key, value["label"], value["role"], value.get("replica", 0), record)
        reader.modes = tuple(value.get("modes") or ())
        self.readers[key] = reader
        if run := self.runs.get(reader.label):
            run.readers.append(reader)

    def _sort_thread(self, record: Record) -> None:
        if record.kind == "ok":
            self._thread(record.key or "").views.setdefault(record.op, []).append(record)

    def _thread(self, thread_id: str) -> FieldThread:
        return self.threads.setdefault(thread_id, FieldThread(thread_id))
