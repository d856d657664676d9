"""Creating runs: alone, waiting for the result, streaming the events, or in a batch.

Every input carries a nonce of the harness. It joins the parts of the record - the request, the
executions that the sink saw, the state, the events - and by it a run is found again whose
create was never answered.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from typing import Any

import httpx

from onceproof.conformance.history import Recorder
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle, RunOrder, listed, new_nonce, runs_path
from onceproof.conformance.wire.ledger import ledger_of
from onceproof.conformance.wire.operations import (
    Operation,
    Operations,
    OutcomeUnknown,
    RunRefused,
    detail_of,
)
from onceproof.conformance.wire.outcomes import classify
from onceproof.conformance.wire.subscriptions import Subscription, digest
from onceproof.conformance.wire.threads import Threads

EXPECTED = {"chain": {"steps": 3}, "ticks": {"total": 10}}
"""Defaults of probes, written out so that the history says what is expected of the run."""


class RunMaker:
    """Creates runs on one target and records what became of each request.

    The methods take fields of the request body as keywords (`multitask_strategy=`,
    `stream_mode=`, ...) besides `nonce=` and `at=`, which replica to ask. They raise `RunRefused`
    for a documented refusal and `OutcomeUnknown` when nobody can tell. `sink_url` is put into
    every input that has no `sink` of its own.
    """

    def __init__(self, api: Api, history: Recorder, sink_url: str | None = None) -> None:
        self.api = api
        self.threads = Threads(api)
        self.made: list[RunHandle] = []
        self._history = history
        self._sink_url = sink_url
        self._operations = Operations(history)

    async def create(
        self,
        thread_id: str | None,
        graph: str,
        input: Any,
        *,
        nonce: str | None = None,
        at: int | None = None,
        **body: Any,
    ) -> RunHandle:
        """Create a background run."""
        order = self._order("create", thread_id, {"graph": graph, "input": input, **body}, nonce)
        with self._begin(order) as op:
            with _answer_to(order):
                response = await self.api.post(runs_path(thread_id), json=order.body, at=at)
            return self._accept(op, order, response, _runs_in(order, response, 1)[0])

    async def wait(
        self,
        thread_id: str | None,
        graph: str,
        input: Any,
        *,
        nonce: str | None = None,
        at: int | None = None,
        **body: Any,
    ) -> tuple[RunHandle, Any]:
        """Create a run and wait for its final values.

        `OutcomeUnknown` with a `handle` means: accepted, but the answer did not come in full.
        """
        order = self._order("wait", thread_id, {"graph": graph, "input": input, **body}, nonce)
        path = f"{runs_path(thread_id)}/wait"
        with self._begin(order) as op, _answer_to(order):
            async with self.api.open("POST", path, json=order.body, at=at) as response:
                handle = self._accept(op, order, response)
                with _answer_to(order, handle):
                    await self.api.read(response)
        return handle, self._result(handle, response)

    @asynccontextmanager
    async def stream(
        self,
        thread_id: str | None,
        graph: str,
        input: Any,
        *,
        nonce: str | None = None,
        at: int | None = None,
        **body: Any,
    ) -> AsyncIterator[Subscription]:
        """Create a run and subscribe to its events in the same request."""
        order = self._order("stream", thread_id, {"graph": graph, "input": input, **body}, nonce)
        promise = {
            "run_id": None,
            "after": None,
            "resumable": order.resumable,
            "from_start": True,
            "modes": listed(order.body.get("stream_mode")),
        }
        async with AsyncExitStack() as stack:
            with self._begin(order) as op:
                sub = stack.enter_context(Subscription(self._history, order.nonce, promise))
                path = f"{runs_path(thread_id)}/stream"
                opening = self.api.stream("POST", path, json=order.body, at=at)
                with _answer_to(order):
                    stream = await stack.enter_async_context(opening)
                if not stream.response.is_success:
                    sub.refused(stream.response)
                sub.opened(self._accept(op, order, stream.response), stream)
            yield sub

    async def batch(
        self, items: Sequence[Mapping[str, Any]], *, at: int | None = None
    ) -> list[RunHandle]:
        """Create stateless runs in one request; each item has `graph`, `input` and body fields."""
        orders = [self._order("batch", None, dict(item), None) for item in items]
        with ExitStack() as stack:
            ops = [stack.enter_context(self._begin(order)) for order in orders]
            with _answer_to(orders[0]):
                response = await self.api.post(
                    "/runs/batch", json=[order.body for order in orders], at=at
                )
            runs = _runs_in(orders[0], response, len(orders))
            handles = [
                self._settle(op, order, response, run)
                for op, order, run in zip(ops, orders, runs, strict=True)
            ]
        _demand(orders[0], response)
        return handles

    def _order(
        self, via: str, thread_id: str | None, item: dict[str, Any], nonce: str | None
    ) -> RunOrder:
        graph, input = item.pop("graph"), item.pop("input")
        fields = dict(input) if isinstance(input, dict) else {}
        nonce = nonce or fields.get("nonce") or new_nonce()
        if isinstance(input, dict):
            input = self._defaults(graph) | fields | {"nonce": nonce}
        if thread_id is not None and item.get("if_not_exists") == "create":
            self.threads.adopt(thread_id)
        return RunOrder(nonce, thread_id, {"assistant_id": graph, "input": input, **item}, via)

    def _defaults(self, graph: str) -> dict[str, Any]:
        sink = {} if self._sink_url is None else {"sink": self._sink_url}
        return sink | EXPECTED.get(graph, {})

    def _begin(self, order: RunOrder) -> Operation:
        return self._operations.begin("run.create", order.nonce, order.value())

    def _accept(
        self,
        op: Operation,
        order: RunOrder,
        response: httpx.Response,
        run: dict[str, Any] | None = None,
    ) -> RunHandle:
        """Settle by the answer; the accepted run, or the error that the answer stands for."""
        handle = self._settle(op, order, response, run)
        _demand(order, response)
        return handle

    def _settle(
        self, op: Operation, order: RunOrder, response: httpx.Response, run: dict[str, Any] | None
    ) -> RunHandle:
        handle = order.handle(response, run)
        op.answered(response, {"run_id": handle.run_id or None, "thread_id": handle.thread_id})
        if response.is_success and handle.run_id:
            self.made.append(handle)
        if order.body.get("on_completion") == "keep" and handle.thread_id is not None:
            self.threads.adopt(handle.thread_id)
        return handle

    def _result(self, handle: RunHandle, response: httpx.Response) -> Any:
        """Record what a wait or a join answered, and return it."""
        body = response.json()
        values = body if isinstance(body, dict) else {}
        value = {
            "run_id": handle.run_id or None,
            "log": ledger_of(values),
            "values_digest": digest(json.dumps(body, sort_keys=True).encode()),
        }
        if "__error__" in values:
            value["error"] = values["__error__"]
        self._operations.observe("run.result", handle.nonce, value)
        return body


@contextmanager
def _answer_to(order: RunOrder, handle: RunHandle | None = None) -> Iterator[None]:
    """`OutcomeUnknown` when the answer does not come, or not in full once there is a `handle`."""
    try:
        yield
    except httpx.TransportError as error:
        raise _unknown(order, repr(error), handle=handle) from error


def _runs_in(order: RunOrder, response: httpx.Response, count: int) -> list[dict[str, Any]]:
    """The runs named by a success, `count` empty ones for anything else."""
    if not response.is_success:
        return [{}] * count
    try:
        body = response.json()
    except ValueError:
        body = None
    runs = body if isinstance(body, list) else [body]
    if len(runs) == count and all(isinstance(run, dict) and run.get("run_id") for run in runs):
        return runs
    reason = f"{response.status_code} but no ids of {count} runs in the body"
    raise _unknown(order, reason, response=response)


def _demand(order: RunOrder, response: httpx.Response) -> None:
    outcome = classify(response.status_code)
    if outcome == "fail":
        reason = f"run {order.nonce} was refused: {response.status_code} {detail_of(response)}"
        raise RunRefused(reason, order.nonce, response)
    if outcome == "info":
        raise _unknown(order, f"{response.status_code} {detail_of(response)}", response=response)


def _unknown(
    order: RunOrder,
    reason: str,
    *,
    response: httpx.Response | None = None,
    handle: RunHandle | None = None,
) -> OutcomeUnknown:
    what = "its answer did not come in full" if handle else "whether it was accepted is unknown"
    error = OutcomeUnknown(f"run {order.nonce}: {what} ({reason})", order.nonce, response)
    error.handle, error.thread_id = handle, order.thread_id
    return error
