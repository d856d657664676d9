"""Operations of logical clients: an invoke now, and exactly one outcome later (see `outcomes`).

A client has at most one operation under way; concurrent operations take different clients. A
client whose operation ended in `info` is retired, because that operation stays concurrent
with everything after it (Jepsen's rule for processes). That is why the names of clients come
from a pool here and are not chosen by callers.

    OperationError
    ├── RunRefused       the server refused, as documented
    └── OutcomeUnknown   whether it happened is unknown
"""

import itertools
import os
from collections.abc import Mapping
from typing import Any

import httpx

from onceproof.conformance.history import Kind, Recorder
from onceproof.conformance.history.vocabulary import OperationName, Outcome
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.outcomes import classify

_numbers = itertools.count(1)


class OperationError(Exception):
    """An operation on a run did not succeed; `nonce` names the run, `response` the answer."""

    def __init__(self, message: str, nonce: str, response: httpx.Response | None = None) -> None:
        super().__init__(message)
        self.nonce = nonce
        self.response = response

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer, None without one."""
        return None if self.response is None else self.response.status_code


class RunRefused(OperationError):
    """The server refused, as documented."""


class OutcomeUnknown(OperationError):
    """Whether it happened is unknown; `handle` is set if the run itself was accepted."""

    handle: RunHandle | None = None
    thread_id: str | None = None


class Operations:
    """Hands out operations of logical clients that share one history."""

    def __init__(self, history: Recorder) -> None:
        self._history = history
        self._prefix = f"wire-{os.getpid()}-{next(_numbers)}"
        self._made = 0
        self._idle: list[str] = []

    def begin(self, op: OperationName, key: str, value: Mapping[str, Any]) -> "Operation":
        """Record the invoke of `op`, by a client that has nothing else under way."""
        return Operation(self, op, key, value)

    def take(self) -> str:
        """Take a client without an operation under way."""
        if self._idle:
            return self._idle.pop()
        self._made += 1
        return f"{self._prefix}-{self._made}"

    def release(self, who: str) -> None:
        """Give a client back for the next operation."""
        self._idle.append(who)

    def observe(self, op: OperationName, key: str, value: Mapping[str, Any]) -> None:
        """Record a read that was answered. Reads without an answer leave no trace."""
        who = self.take()
        self._history.add("ok", op, who=who, key=key, value=value)
        self.release(who)

    def record(self, kind: Kind, operation: "Operation", **fields: Any) -> None:
        """Add one record of `operation` to the history."""
        self._history.add(kind, operation.op, who=operation.who, key=operation.key, **fields)


class Operation:
    """One operation under way; leaving its `with` block unsettled makes it `info`."""

    def __init__(
        self, operations: Operations, op: OperationName, key: str, value: Mapping[str, Any]
    ) -> None:
        self.op = op
        self.key = key
        self.who = operations.take()
        self.outcome: Outcome | None = None
        self._operations = operations
        operations.record("invoke", self, value=value)

    def __enter__(self) -> "Operation":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self.outcome is None:
            self._settle("info", error=repr(error))

    def record_answer(self, response: httpx.Response, value: Mapping[str, Any]) -> Outcome:
        """Settle by an answer, of which `value` is what a success means."""
        outcome = classify(response.status_code)
        http = {"status": response.status_code, "request_id": response.headers.get("x-request-id")}
        if outcome == "ok":
            self._settle("ok", value=value, http=http)
        else:
            self._settle(outcome, error=detail_of(response), http=http)
        return outcome

    def _settle(self, outcome: Outcome, **fields: Any) -> None:
        self.outcome = outcome
        self._operations.record(outcome, self, **fields)
        if outcome != "info":
            self._operations.release(self.who)


def detail_of(response: httpx.Response) -> str:
    """Return what an error answer says, in at most 300 characters."""
    try:
        body = response.json()
    except ValueError:
        return response.text[:300]
    return str(body.get("detail", body) if isinstance(body, dict) else body)[:300]
