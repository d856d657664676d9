"""What the logs of the server say of an application's runs, in sentences for its author; pure.

A run's own log line has the whole message of an exception, also where clients see less of it, and
it is there for runs that no thread remembers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]+) \S+: ", re.MULTILINE)
_RAISED = re.compile(r"run (\S+) raised (\w+): (.*)", re.DOTALL)
_HELD = re.compile(r"run (\S+): .*; it was interrupted at (.+)")
_DIED = re.compile(r"run (\S+): attempt \d+ ended its own process by (.+)")
_PLACED = re.compile(r"run (\S+): that was raised at (.+)")
_CHANGED = re.compile(r"state key '(.+)' holds a (.+), comes back as (.+)")
_EXPIRED = re.compile(r"lease expired: run ([^\s,]+), attempt \d+")

_BLOCKED = (
    "{message}{where}, and every other run of its worker waited: await what it waits for, or "
    "make the node a plain `def`, which is executed in a thread"
)
_UNSTORABLE = (
    "{message}: a state is read by other processes, so keep data in it, and open locks, "
    "connections and generators in the node that uses them"
)
_EXIT = (
    "a node called sys.exit({message}){where}: that ends its run, never the server; raise an "
    "exception that says what is wrong, or return"
)
_DEATH = (
    "a node ended the process that executed it ({message}), by os._exit, a signal or a crash in "
    "native code: the run was tried again, and so were the effects of its nodes"
)
_LOST = (
    "its worker died or stood still, and the run was begun again from its last checkpoint: look "
    "for os._exit, a crash or native code that never returns in its nodes"
)
_TYPE = (
    "state key {key!r} holds a {was}, which comes back from the database as {now}: that is what "
    "the next run has, and any process that goes on with this one; make it a dataclass or a "
    "Pydantic model, or keep plain data in it"
)
_SENTENCES = {"NodeBlocked": _BLOCKED, "StateNotStorable": _UNSTORABLE, "SystemExit": _EXIT}
#: The kind of a fault of the server, and of one that ended a process.
INTERNAL, DIED = "internal", "died"
#: How the log calls what clients know by another name.
_NAMES = {"NodeExit": "SystemExit"}


@dataclass(frozen=True)
class Fault:
    """Something that went wrong; `kind` is the exception's class, or a word for what has none."""

    kind: str
    text: str
    run_id: str | None = None

    @property
    def lost_worker(self) -> bool:
        """Whether all that is known is that its worker was lost, by whatever means."""
        return self.kind == DIED and self.text == _LOST

    def __str__(self) -> str:
        return f"run {self.run_id}: {self.text}" if self.run_id else self.text


def diagnose(logs: Mapping[str, str]) -> list[Fault]:
    """Return what the processes wrote of, each fault of a run once; `logs` are by replica."""
    records = [(name, *record) for name, text in logs.items() for record in _split(text)]
    held = [f for *_, text in records if (f := _HELD.match(text) or _PLACED.match(text))]
    places = {found[1]: found[2] for found in held}
    faults = (_read(*record, places) for record in records)
    return list(dict.fromkeys(fault for fault in faults if fault))


def _split(log: str) -> Iterator[tuple[str, str]]:
    """Level and message of each record, with all its lines."""
    marks = list(_RECORD.finditer(log))
    ends = [*(mark.start() for mark in marks), len(log)][1:] if marks else []
    for mark, end in zip(marks, ends, strict=True):
        yield mark[1], log[mark.end() : end].strip()


def _read(replica: str, level: str, text: str, places: Mapping[str, str]) -> Fault | None:
    if found := _RAISED.match(text):
        run_id, kind, message = found.groups()
        return _explain(run_id, _NAMES.get(kind, kind), message, places.get(run_id))
    if found := _CHANGED.match(text):
        key, was, now = found.groups()
        return Fault("type", _TYPE.format(key=key, was=was, now=now))
    if found := _DIED.match(text):
        return Fault(DIED, _DEATH.format(message=found[2]), found[1])
    if found := _EXPIRED.match(text):
        return Fault(DIED, _LOST, found[1])
    if level in ("ERROR", "CRITICAL") and not _HELD.match(text):
        return Fault(INTERNAL, f"{replica} has an error in its log: {text.splitlines()[0]}")
    return None


def _explain(run_id: str, kind: str, message: str, place: str | None) -> Fault:
    where = f" at {place}" if place else ""
    sentence = _SENTENCES.get(kind)
    if sentence is None:
        return Fault(kind, f"a node raised {kind}{where}: {message}", run_id)
    return Fault(kind, sentence.format(message=message, where=where), run_id)
