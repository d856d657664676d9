"""One line per record: histories for tests, readable on one screen.

    history(
        invoke("run.create", "a", thread_id="t1", steps=1),
        ok("run.create", "a", run_id="r1", thread_id="t1"),
        begin("a", 1), effect("a", 1), end("a", 1),
        quiesce(), snap("a", "success", log=[entry("a", 0, 1)]),
    )

Builders leave `i` and `t` open. `history` numbers the records and stamps each a microsecond after
the one before it, unless `at` gave it a time of its own (ns, may jump back).
"""

from typing import Any

import msgspec

from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import Json, LedgerEntry
from onceproof.conformance.history.vocabulary import FINAL, QUIESCED, Kind

OPEN = -1
TICK_NS = 1_000


def record(
    kind: Kind,
    op: str,
    key: str | None = None,
    *,
    who: str,
    at: int = OPEN,
    value: Json | None = None,
) -> Record:
    """Make any record at all, still without a number."""
    return Record(i=OPEN, t=at, who=who, kind=kind, op=op, key=key, value=value)


def history(*records: Record) -> list[Record]:
    """Make a history: number the records from 0 and stamp those that have no time."""
    t, numbered = 0, []
    for i, each in enumerate(records):
        t = t + TICK_NS if each.t == OPEN else each.t
        numbered.append(msgspec.structs.replace(each, i=i, t=t))
    return numbered


def invoke(op: str, key: str, *, who: str = "c1", at: int = OPEN, **value: Any) -> Record:
    """Begin an operation: `invoke("run.create", nonce, thread_id=..., steps=...)`."""
    return record("invoke", op, key, who=who, at=at, value=value)


def ok(op: str, key: str, *, who: str = "c1", at: int = OPEN, **value: Any) -> Record:
    """Record that it happened: `ok("run.status", nonce, status="running")`."""
    return record("ok", op, key, who=who, at=at, value=value)


def fail(op: str, key: str, *, who: str = "c1", at: int = OPEN, **value: Any) -> Record:
    """Record that it definitely did not happen."""
    return record("fail", op, key, who=who, at=at, value=value)


def info(op: str, key: str, *, who: str = "c1", at: int = OPEN, **value: Any) -> Record:
    """Record that nobody knows whether it happened."""
    return record("info", op, key, who=who, at=at, value=value)


def open_sub(
    key: str, nonce: str, *, who: str = "s1", at: int = OPEN, **value: Any
) -> list[Record]:
    """Open a subscription that is answered; `after`, `resumable` and `from_start` in `value`."""
    value = {"nonce": nonce, "after": None, "resumable": True, "from_start": False, **value}
    return [invoke("sub.open", key, who=who, at=at, **value), ok("sub.open", key, who=who, at=at)]


def event(
    key: str, nonce: str, seq: int | None = None, *, who: str = "s1", at: int = OPEN, **value: Any
) -> Record:
    """Record an event of subscription `key`; one without `seq` is not counted by the probe."""
    name = "custom" if seq is not None else "updates"
    known: Json = {"nonce": nonce, "name": name, "id": None}
    if seq is not None:
        known |= {"seq": seq, "token": 1, "digest": f"{nonce}/{seq}"}
    return record("event", "sub.event", key, who=who, at=at, value={**known, **value})


def close_sub(
    key: str, nonce: str, reason: str = "eof", *, who: str = "s1", at: int = OPEN
) -> Record:
    """End the subscription: "eof", "cut" by the client, or "error"."""
    value = {"reason": reason, "nonce": nonce}
    return record("mark", "sub.close", key, who=who, at=at, value=value)


def begin(nonce: str, token: int, step: int | str = 0, *, at: int = OPEN, **value: Any) -> Record:
    """Begin an execution of `step`, to which the sink gives `token`."""
    value = {"token": token, "step": step, **value}
    return record("effect", "begin", nonce, who="sink", at=at, value=value)


def ping(nonce: str, token: int, *, at: int = OPEN) -> Record:
    """Record that the execution is still alive."""
    return record("effect", "ping", nonce, who="sink", at=at, value={"token": token})


def effect(nonce: str, token: int, key: str = "0", *, at: int = OPEN) -> Record:
    """Record the side effect that is counted."""
    return record("effect", "effect", nonce, who="sink", at=at, value={"token": token, "key": key})


def end(nonce: str, token: int, outcome: str = "ok", *, at: int = OPEN) -> Record:
    """End the execution."""
    value = {"token": token, "outcome": outcome}
    return record("effect", "end", nonce, who="sink", at=at, value=value)


def once(nonce: str, token: int, key: str = "0", *, at: int = OPEN) -> Record:
    """Begin, effect and end in one instant."""
    return record("effect", "once", nonce, who="sink", at=at, value={"token": token, "key": key})


def fault(op: str, phase: str, *, at: int = OPEN, **value: Any) -> Record:
    """Inject or heal a fault; `nonces`, `replica`, `recovery_ms`, `loses_streams`."""
    return record("fault", op, who="faults", at=at, value={"phase": phase, **value})


def mark(op: str, *, who: str = "harness", at: int = OPEN, **value: Any) -> Record:
    """Mark that something worth knowing happened."""
    return record("mark", op, who=who, at=at, value=value)


def quiesce(drained: bool = True, *, at: int = OPEN) -> Record:
    """Mark the quiet end: `drained` once every run is terminal or the drain deadline has passed."""
    return mark(QUIESCED, at=at, drained=drained)


def snap(
    nonce: str,
    status: str | None,
    *,
    log: list[LedgerEntry] | None = None,
    at: int = OPEN,
    **value: Any,
) -> Record:
    """Record the final read of a run; `status` is None for one that the server does not know."""
    value = {"run_id": f"run-{nonce}", "status": status, "log": log, **value}
    return record("snap", FINAL, nonce, who="harness", at=at, value=value)


def entry(nonce: str, i: int, token: int) -> LedgerEntry:
    """Make one element of the `log` in a thread's state."""
    return {"nonce": nonce, "i": i, "token": token}
