"""What is kept of a run, a thread and its views; the same for every driver that reads them."""

import json
import re
from typing import Any

from onceproof.conformance.field.extract import (
    RUN_STATUSES,
    digest_keys,
    list_messages,
    list_questions,
)
from onceproof.conformance.field.words import RUN_MARK
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.checkpoints import describe_checkpoint
from onceproof.conformance.wire.sanitise import fields, number, text

#: More checkpoints, or runs, than this on one thread are not read whole.
CHECKPOINTS = 1_000


class Marks:
    """The marks of the runs of one certification: `<nonce>.<label>`, in metadata of theirs."""

    def __init__(self, nonce: str) -> None:
        self.nonce = nonce
        self._pattern = re.compile(rb"%s\.([\w-]+)" % nonce.encode())

    def name(self, label: str) -> str:
        """Return the mark of a run."""
        return f"{self.nonce}.{label}"

    def find(self, content: bytes) -> list[str]:
        """Find the labels of runs of ours that some bytes carry."""
        return sorted({found.decode() for found in self._pattern.findall(content)})

    def describe(self, entry: Json) -> Json:
        """Return the mark that an entry has as its own, and all that it carries."""
        own = str(fields(entry.get("metadata")).get(RUN_MARK) or "").rpartition(".")[2]
        marks = self.find(json.dumps(entry).encode())
        return {"marks": marks} | ({"mark": own} if own else {})


def describe_chain(marks: Marks, shown: Any) -> Json:
    """Return what is kept of a thread's history."""
    entries = shown if isinstance(shown, list) else []
    chain = [_describe_entry(marks, fields(each)) for each in entries]
    return {"whole": len(entries) < CHECKPOINTS, "chain": chain} | _demand(shown, list)


def _describe_entry(marks: Marks, entry: Json) -> Json:
    metadata = fields(entry.get("metadata"))
    return {
        **describe_checkpoint(entry),
        "run_id": text(metadata.get("run_id")),
        **marks.describe(entry),
    }


def describe_runs(marks: Marks, shown: Any) -> Json:
    """Return what is kept of the list of a thread's runs."""
    entries = shown if isinstance(shown, list) else []
    listed = [
        {
            "run_id": text(fields(each).get("run_id")),
            "status": text(fields(each).get("status")),
            **marks.describe(fields(each)),
        }
        for each in entries
    ]
    # The order of a list is not what is compared between replicas.
    return {"runs": sorted(listed, key=lambda each: str(each["run_id"]))} | _demand(shown, list)


def _demand(shown: Any, kind: type) -> Json:
    return {} if isinstance(shown, kind) else {"problems": ["the answer is no list"]}


def describe_run(shown: Any) -> Json:
    """Return what is kept of a run, and what its shape lacks."""
    run = fields(shown)
    status = text(run.get("status"))
    missing = [name for name in ("run_id", "thread_id", "status") if not run.get(name)]
    problems = [f"a run has no {name}" for name in missing]
    if status not in RUN_STATUSES:
        problems.append(f"{status!r} is no status of a run")
    value: Json = {"status": status, "updated_at": text(run.get("updated_at"))}
    if (attempt := number(run.get("attempt"))) is not None:
        value["attempt"] = attempt
    return value | ({"problems": problems} if problems else {})


def describe_thread(shown: Any) -> Json:
    """Return what is kept of a thread, and what its shape lacks."""
    thread = fields(shown)
    problems = [f"a thread has no {n}" for n in ("thread_id", "status") if not thread.get(n)]
    value: Json = {
        "status": text(thread.get("status")),
        "updated_at": text(thread.get("updated_at")),
        "keys": digest_keys(thread.get("values")),
        "questions": None,
    }
    if "interrupts" in thread:
        value["questions"] = list_questions(thread["interrupts"] or [])
    return value | ({"problems": problems} if problems else {})


def describe_state(shown: Any) -> Json:
    """Return what is kept of a state, and what its shape lacks."""
    state = fields(shown)
    problems = [f"a state has no {name}" for name in ("values", "checkpoint") if name not in state]
    tasks = state.get("tasks")
    asked = [fields(task).get("interrupts") or [] for task in tasks or ()]
    value: Json = {
        "checkpoint": text(fields(state.get("checkpoint")).get("checkpoint_id")),
        "keys": digest_keys(state.get("values")),
        "messages": list_messages(state.get("values")),
        "questions": list_questions(asked),
    }
    return value | ({"problems": problems} if problems else {})
