"""Executions as the sink saw them: one per token, from `begin` to the last sign of life.

The node began before its `begin` arrived and lived at least until its last sign was sent, so
[start, stop] is contained in the real interval and an overlap of two of them is never imagined.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import BEGINS


@dataclass(slots=True)
class Execution:
    """One execution of one step. `begun` is the index of its first record; times are ns."""

    nonce: str
    token: int
    step: int | str | None
    replica: str | None
    start: int
    stop: int
    begun: int
    ended: int | None = None


def executions(signs: Iterable[Record]) -> dict[int, Execution]:
    """Return every execution by its token, in the order in which they began."""
    found: dict[int, Execution] = {}
    for record in signs:
        value, op, t = record.value, record.op, record.t
        token = value["token"]
        if op in BEGINS:
            step = value.get("step", value.get("key"))
            done = record.i if op == "once" else None
            found[token] = Execution(
                record.key or "", token, step, value.get("replica"), t, t, record.i, done
            )
        elif token in found:
            execution = found[token]
            if t > execution.stop:
                execution.stop = t
            if op == "end":
                execution.ended = record.i
    return found


def ended_steps(found: Iterable[Execution]) -> dict[str, set[str]]:
    """Return the steps that the sink saw end, by nonce; empty if a nonce's steps only began."""
    ended: dict[str, set[str]] = {}
    for execution in found:
        steps = ended.setdefault(execution.nonce, set())
        if execution.ended is not None:
            steps.add(str(execution.step))
    return ended
