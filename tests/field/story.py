"""Histories of field runs for tests: an honest one, and how to break one thing of it.

    story = Story()
    story.run("a", "t1")            # created, followed by three readers, over, all views read
    story.rest()                    # lists, and the last reads of every thread
    judge("one_answer", story.records)

Everything that is recorded can be changed afterwards with `change`, `drop` and `repeat`.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.oracles import ORACLES
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import CUT, ENDED, HANDS, JOINED, LATE, LIVE, REST
from onceproof.conformance.history.build import (
    fail,
    history,
    info,
    invoke,
    mark,
    ok,
    record,
    snap,
)
from onceproof.conformance.history.record import Record

SECOND = 1_000_000_000
MODES = ("values", "updates", "checkpoints", "tasks", "messages-tuple")
ANSWER = {"answer": ["d1", "d1"], "messages": ["m1", "m1"]}


def judge(oracle: str, records: list[Record]) -> CheckResult:
    """Return what one oracle says of these records."""
    return ORACLES[oracle].judge(FieldView(history(*records)))


class Story:
    """Records of a field run in the making; a second passes wherever it matters."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.now = SECOND
        self.chains: dict[str, list[dict[str, Any]]] = {}
        self.ids: dict[str, dict[str, str]] = {}
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.status: dict[str, dict[str, str]] = {}
        self.questions: dict[str, list[str]] = {}

    def add(self, made: Record) -> None:
        self.now += 1_000_000
        self.records.append(msgspec.structs.replace(made, t=self.now))

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    def create(self, label: str, thread: str, **value: Any) -> None:
        if thread not in self.ids:
            self.add(record("mark", "thread.made", thread, who="d", value={}))
            self.ids[thread] = {}
        self.ids[thread][label] = f"run-{label}"
        self.add(invoke("run.create", label, thread_id=thread, **value))
        self.add(ok("run.create", label, thread_id=thread, run_id=f"run-{label}"))

    def refuse(self, label: str, thread: str, **value: Any) -> None:
        self.add(invoke("run.create", label, thread_id=thread, **value))
        self.add(fail("run.create", label, thread_id=thread, status=409))

    def read(self, label: str, status: str, *, at: int = 0, **value: Any) -> None:
        call_t = self.now + 500_000
        self.add(ok("run.status", label, status=status, replica=at, call_t=call_t, **value))

    def run(self, label: str, thread: str, *, status: str = "success", **value: Any) -> None:
        """Let one run be created, executed, read by three readers, and end."""
        self.create(label, thread, **value)
        self.execute(label, thread, status)

    def execute(self, label: str, thread: str, status: str = "success") -> None:
        self.read(label, "running")
        events = self.commit(label, thread)
        if status == "interrupted":
            self.questions[thread] = ["q1", "q2"]
            events.append({"name": "updates", "id": "90", "questions": ["q1", "q2"], "digest": "q"})
        else:
            self.questions[thread] = []
        self.stream(f"{label}-live", label, LIVE, [events])
        self.stream(f"{label}-cut", label, CUT, [events[:4], events[4:]])
        self.wait(1)
        self.status.setdefault(thread, {})[label] = status
        self.read(label, status, updated_at="u1")
        self.add(ok("run.result", label, via="join", replica=1, keys=dict(ANSWER)))
        self.stream(f"{label}-joined", label, JOINED, [events])
        self.wait(3)
        self.show(thread, ENDED, run=label)

    def strike(self, label: str, thread: str, name: str = "process-killed", **value: Any) -> None:
        """Let a run be executed whose worker is killed in its second super-step and taken over."""
        self.create(label, thread)
        self.read(label, "running")
        events = self.commit(label, thread)
        before, after = events[:4], [{**events[3]}, *events[4:]]
        for n, event in enumerate(after, 4):
            event["id"] = str(n)
        self.stream(f"{label}-live", label, LIVE, [before], ends=False)
        self.fault(name, "inject", **value)
        self.wait(1)
        self.fault(name, "heal", **value)
        self.wait(0.5)
        self.proceed(f"{label}-live", label, after)
        self.stream(f"{label}-cut", label, CUT, [before, after])
        self.status.setdefault(thread, {})[label] = "success"
        self.questions[thread] = []
        self.read(label, "success", updated_at="u1")
        self.wait(9)
        self.show(thread, ENDED, run=label)

    def fault(self, name: str, phase: str, **value: Any) -> None:
        """Break something, or mend it."""
        known = {"phase": phase, "replica": "worker-1", "recovery_ms": 7_000, **value}
        self.add(record("fault", name, who="faults", value=known))

    def commit(self, label: str, thread: str) -> list[dict[str, Any]]:
        """Store the checkpoints of a run and return the events that announce them."""
        chain = self.chains.setdefault(thread, [])
        events: list[dict[str, Any]] = []
        run_id = self.ids[thread][label]
        for source in ("input", "loop", "loop", "loop"):
            n = len(chain)
            entry = {
                "id": f"{thread}-{n}",
                "ns": "",
                "parent": f"{thread}-{n - 1}" if n else None,
                "step": n - 1,
                "source": source,
                "run_id": run_id,
                "mark": label,
                "marks": [label],
            }
            if n % 4 >= 2:
                events.append(_event("tasks", task=f"k{n}", phase="start", node="agent"))
                events.append(_event("tasks", task=f"k{n}", phase="end", node="agent"))
                events.append(_event("updates", nodes=["agent"]))
            events.append(_event("checkpoints", checkpoint=entry["id"], **_part(entry)))
            chain.append(entry)
        self.messages.setdefault(thread, []).extend(_messages(label))
        events.append(_event("values", keys=dict(ANSWER)))
        for n, event in enumerate(events):
            event |= {"id": str(n + 1), "digest": f"{label}/{n}", "label": label, "ns": ""}
        return [{"name": "metadata", "id": "0", "run_id": run_id, "digest": "m"}, *events]

    def proceed(self, key: str, label: str, events: list[dict[str, Any]]) -> None:
        """Let a reader get more events, and the end of its stream."""
        for event in events:
            self.add(record("event", "sub.event", key, who=key, value={**event, "marks": []}))
        closing = {"reason": "eof", "texts": {f"{label}-answer": "t1"}, "label": label}
        self.add(record("mark", "sub.close", key, who=key, value=closing))

    def stream(
        self,
        key: str,
        label: str,
        role: str,
        pieces: list[list[dict[str, Any]]],
        *,
        ends: bool = True,
    ) -> None:
        after = None
        for n, piece in enumerate(pieces):
            value = {
                "label": label,
                "role": role,
                "replica": 0,
                "after": after,
                "modes": list(MODES),
            }
            self.add(invoke("sub.open", key, **value))
            self.add(ok("sub.open", key, **value))
            for event in piece:
                self.add(record("event", "sub.event", key, who=key, value={**event, "marks": []}))
                after = event["id"]
            if not ends:
                return
            reason = "eof" if n == len(pieces) - 1 else "cut"
            texts = {f"{label}-answer": "t1"} if role == LIVE else {}
            closing = {"reason": reason, "texts": texts, "label": label}
            self.add(record("mark", "sub.close", key, who=key, value=closing))

    def show(self, thread: str, phase: str, *, at: int = 0, run: str | None = None) -> None:
        """Read every view of a thread."""
        base = {"phase": phase, "replica": at, "call_t": self.now} | ({"run": run} if run else {})
        chain, latest = self.chains.get(thread, []), None
        if chain:
            latest = chain[-1]["id"]
        questions = list(self.questions.get(thread, []))
        last = list(self.status.get(thread, {"": "success"}).values())[-1]
        status = "interrupted" if last == "interrupted" else "idle"
        shown = {"keys": dict(ANSWER), "questions": questions}
        listed = [dict(entry) for entry in reversed(chain)]
        messages = {"messages": [dict(each) for each in self.messages.get(thread, [])]}
        self.add(ok("thread.read", thread, **base, **shown, status=status, updated_at="u"))
        self.add(ok("thread.state", thread, **base, **shown, checkpoint=latest, messages=messages))
        self.add(ok("thread.history", thread, **base, whole=True, chain=listed))
        runs = [
            {"run_id": self.ids[thread][label], "status": status, "mark": label, "marks": [label]}
            for label, status in self.status.get(thread, {}).items()
        ]
        self.add(ok("thread.runs", thread, **base, runs=runs))

    def rest(self) -> None:
        """Let everything come to rest: the last reads, on two replicas, twice, and the lists."""
        for thread, statuses in self.status.items():
            for label, status in statuses.items():
                self.add(snap(label, status))
                self.read(label, status, updated_at="u1")
            assert thread in self.ids
        for phase in (REST, LATE):
            self.wait(3)
            for thread in self.ids:
                self.show(thread, phase, at=0)
                self.show(thread, phase, at=1)
            if phase == REST:
                self._lists()
            for statuses in self.status.values():
                for label, status in statuses.items():
                    self.read(label, status, updated_at="u1")

    def _lists(self) -> None:
        names = sorted(self.ids)
        self.add(ok("list.threads", "search by mark", ids=names))
        self.add(ok("list.count", "count by mark", count=len(names)))
        idle = [t for t in names if list(self.status[t].values())[-1] != "interrupted"]
        self.add(ok("list.threads", "search for idle", status="idle", ids=idle))

    # -- breaking one thing ----------------------------------------------------------------------

    def change(self, op: str, edit: Callable[[dict[str, Any]], None], *, at: int = -1) -> None:
        """Edit the value of one record of this operation, the last one unless `at` says else."""
        places = [n for n, each in enumerate(self.records) if each.op == op and each.value]
        here = places[at]
        value = _copy(self.records[here].value)
        edit(value)
        self.records[here] = msgspec.structs.replace(self.records[here], value=value)

    def change_all(self, op: str, edit: Callable[[dict[str, Any]], None]) -> None:
        """Edit the values of all records of this operation."""
        count = sum(each.op == op and bool(each.value) for each in self.records)
        for n in range(count):
            self.change(op, edit, at=n)

    def drop(self, keep: Callable[[Record], bool]) -> None:
        self.records = [each for each in self.records if keep(each)]


def honest() -> Story:
    """Return threads with two runs after each other, one that stopped to ask, and two queued."""
    story = Story()
    story.run("a", "t1", strategy="enqueue")
    story.run("b", "t1", strategy="enqueue")
    story.run("c", "t2", status="interrupted")
    story.create("d", "t3", strategy="enqueue")
    story.create("e", "t3", strategy="enqueue")
    story.execute("d", "t3")
    story.execute("e", "t3")
    story.rest()
    return story


def struck() -> Story:
    """Return a thread that nothing befell, and one whose run lost its worker."""
    story = Story()
    hands = {"faults": ["worker-killed"], "lacks": [], "lease_ms": 2_000}
    story.add(record("mark", HANDS, who="harness", value=hands))
    story.run("a", "t1")
    story.strike("b", "t2")
    story.rest()
    return story


def _copy(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _event(name: str, **value: Any) -> dict[str, Any]:
    return {"name": name, **value}


def _part(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("step", "source", "run_id", "parent")}


def _messages(label: str) -> list[dict[str, Any]]:
    return [
        {"id": f"{label}-ask", "type": "human", "text": "h"},
        {"id": f"{label}-call", "type": "ai", "text": "c", "calls": [f"{label}-tool"]},
        {"id": f"{label}-result", "type": "tool", "text": "r", "answers": f"{label}-tool"},
        {"id": f"{label}-answer", "type": "ai", "text": "t1"},
    ]


__all__ = ["Story", "honest", "info", "judge", "mark", "struck"]
