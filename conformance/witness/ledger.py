"""What the sink remembers of each execution, and how many of which sign a run has given.

The history holds every sign for the checkers; this is the live view that tests wait on.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from onceproof.conformance.history.vocabulary import SIGNS
from onceproof.conformance.witness.messages import Step


@dataclass(slots=True)
class Execution:
    """One execution of one step of the run `nonce`; times are the harness's monotonic ns.

    `[begin_t, last_t]` under-approximates the time the node really ran: it began before its
    `begin` arrived and was alive when it sent its last sign. `end_t` is None for an execution
    that never said it ended. `via` is "once" for an execution reported as a single instant,
    whose step is its effect key.
    """

    nonce: str
    token: int
    step: Step
    begin_t: int
    last_t: int
    pid: int | None
    host: str | None
    via: str = "begin"
    end_t: int | None = None
    outcome: str | None = None
    pings: int = 0
    effects: list[str] = field(default_factory=list)

    def count(self, op: str) -> int:
        """Say how many signs `op` this execution has given."""
        if op == "ping":
            return self.pings
        if op == "effect":
            return len(self.effects)
        if op == "end":
            return int(self.end_t is not None)
        return int(self.via == op)


class Ledger:
    """Executions by token and by nonce. Not locked: the sink guards it with its board's lock."""

    def __init__(self) -> None:
        self._last_token = 0
        self._by_token: dict[int, Execution] = {}
        self._by_nonce: dict[str, list[Execution]] = {}

    def open(self, nonce: str, step: Step, **process: Any) -> Execution:
        """Begin an execution of `step` by `process` (pid, host) under the next token."""
        self._last_token += 1
        t = time.monotonic_ns()
        execution = Execution(nonce, self._last_token, step, t, t, **process)
        self._by_token[execution.token] = execution
        self._by_nonce.setdefault(nonce, []).append(execution)
        return execution

    def get(self, token: int) -> Execution | None:
        """Return the live execution of `token`."""
        return self._by_token.get(token)

    def of(self, nonce: str, step: Step | None = None) -> list[Execution]:
        """Return the live executions of a run, of one step or of all, in token order."""
        every = self._by_nonce.get(nonce, [])
        return every if step is None else [one for one in every if one.step == step]


def snapshot(executions: Iterable[Execution]) -> list[Execution]:
    """Copy executions so that a reader on another thread sees them stand still."""
    return [replace(one, effects=list(one.effects)) for one in executions]


def tell(executions: list[Execution]) -> str:
    """Say in a few words what has been seen, for the message of a wait that failed."""
    if not executions:
        return "nothing at all"
    counts = {op: sum(one.count(op) for one in executions) for op in SIGNS}
    steps = sorted({str(one.step) for one in executions})
    seen = ", ".join(f"{count} {op}" for op, count in counts.items() if count)
    more = " and more" if len(steps) > 8 else ""
    return f"{seen} of steps {', '.join(steps[:8])}{more}"
