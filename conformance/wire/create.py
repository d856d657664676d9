"""Creating runs: alone, waiting for the result, streaming the events, or in a batch.

Every input carries a nonce of the harness. It joins the parts of the record - the request, the
executions that the sink saw, the state, the events - and by it a run is found again whose
create was never answered.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import httpx

from onceproof.conformance.history import Recorder
from onceproof.conformance.history.values import Json, Promise
from onceproof.conformance.wire.any_graph import any_input, is_own
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import (
    CreateRequest,
    RunHandle,
    list_modes,
    new_nonce,
    runs_path,
)
from onceproof.conformance.wire.ledger import ledger_of
from onceproof.conformance.wire.operations import (
    Operation,
    Operations,
    OutcomeUnknown,
    RunRefused,
    detail_of,
)
from onceproof.conformance.wire.outcomes import classify
from onceproof.conformance.wire.sanitise import text
from onceproof.conformance.wire.subscriptions import Subscription, digest
from onceproof.conformance.wire.threads import Threads

EXPECTED = {"chain": {"steps": 3}, "ticks": {"total": 10}}
"""Defaults of probes, written out so that the history says what is expected of the run."""

#: What becomes of a run whose client is lost differs from server to server (CAN-16), so that who
#: may leave has to say it.
_GO_ON: Json = {"on_disconnect": "continue"}


class RunCreator:
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
        self, thread_id: str | None, graph: str, input: Any, *, at: int | None = None, **body: Any
    ) -> RunHandle:
        """Create a background run."""
        request = self._request("create", thread_id, {"graph": graph, "input": input, **body})
        with self._begin(request) as op:
            with _answer_to(request):
                response = await self.api.post(runs_path(thread_id), json=request.body, at=at)
            return self._accept(op, request, response, _runs_in(request, response, 1)[0])

    async def wait(
        self, thread_id: str | None, graph: str, input: Any, *, at: int | None = None, **body: Any
    ) -> tuple[RunHandle, Any]:
        """Create a run and wait for its final values.

        `OutcomeUnknown` with a `handle` means: accepted, but the answer did not come in full.
        """
        request = self._request("wait", thread_id, {"graph": graph, "input": input, **body})
        path = f"{runs_path(thread_id)}/wait"
        with self._begin(request) as op, _answer_to(request):
            async with self.api.open("POST", path, json=request.body, at=at) as response:
                handle = self._accept(op, request, response)
                with _answer_to(request, handle):
                    await self.api.read(response)
        handle = await self._find_name(handle)
        return handle, self._result(handle, response)

    @asynccontextmanager
    async def stream(
        self, thread_id: str | None, graph: str, input: Any, *, at: int | None = None, **body: Any
    ) -> AsyncIterator[Subscription]:
        """Create a run and subscribe to its events in the same request."""
        request = self._request("stream", thread_id, {"graph": graph, "input": input, **body})
        promise: Promise = {
            "run_id": None,
            "after": None,
            "resumable": request.resumable,
            "from_start": True,
            "modes": list_modes(request.body.get("stream_mode")),
        }
        async with AsyncExitStack() as stack:
            with self._begin(request) as op:
                sub = stack.enter_context(Subscription(self._history, request.nonce, promise))
                path = f"{runs_path(thread_id)}/stream"
                opening = self.api.stream("POST", path, json=request.body, at=at)
                with _answer_to(request):
                    stream = await stack.enter_async_context(opening)
                if not stream.response.is_success:
                    sub.refuse(stream.response)
                handle = self._accept(op, request, stream.response)
                sub.accept(await self._find_name(handle), stream)
            yield sub

    async def batch(
        self, items: Sequence[Mapping[str, Any]], *, at: int | None = None
    ) -> list[RunHandle]:
        """Create stateless runs in one request; each item has `graph`, `input` and body fields."""
        requests = [self._request("batch", None, dict(item)) for item in items]
        with ExitStack() as stack:
            ops = [stack.enter_context(self._begin(request)) for request in requests]
            with _answer_to(requests[0]):
                response = await self.api.post(
                    "/runs/batch", json=[request.body for request in requests], at=at
                )
            runs = _runs_in(requests[0], response, len(requests))
            handles = [
                self._settle(op, request, response, run)
                for op, request, run in zip(ops, requests, runs, strict=True)
            ]
        _demand(requests[0], response)
        return handles

    def _request(self, via: str, thread_id: str | None, item: Json) -> CreateRequest:
        graph, input = item.pop("graph"), item.pop("input")
        fields = dict(input) if isinstance(input, dict) else {}
        nonce = item.pop("nonce", None) or fields.get("nonce") or new_nonce()
        self.api.guard.demand(graph)
        if is_own(graph) and isinstance(input, dict):
            input = {} if "after_seconds" in item else any_input(self.api.guard, {})
        elif isinstance(input, dict):
            input = self._defaults(graph) | fields | {"nonce": nonce}
        if thread_id is not None and item.get("if_not_exists") == "create":
            self.threads.adopt(thread_id)
        said = _GO_ON if via in ("wait", "stream") else {}
        body = {**said, "assistant_id": graph, "input": input, **item}
        return CreateRequest(nonce, thread_id, body, via)

    def _defaults(self, graph: str) -> dict[str, object]:
        sink: dict[str, object] = {} if self._sink_url is None else {"sink": self._sink_url}
        return sink | EXPECTED.get(graph, {})

    def _begin(self, request: CreateRequest) -> Operation:
        return self._operations.begin("run.create", request.nonce, request.value())

    def _accept(
        self,
        op: Operation,
        request: CreateRequest,
        response: httpx.Response,
        run: Mapping[str, Any] | None = None,
    ) -> RunHandle:
        """Settle by the answer; the accepted run, or the error that the answer stands for."""
        handle = self._settle(op, request, response, run)
        _demand(request, response)
        return handle

    def _settle(
        self,
        op: Operation,
        request: CreateRequest,
        response: httpx.Response,
        run: Mapping[str, Any] | None,
    ) -> RunHandle:
        handle = request.handle(response, run)
        op.record_answer(response, {"run_id": handle.run_id or None, "thread_id": handle.thread_id})
        if response.is_success and handle.run_id:
            self.made.append(handle)
        if request.body.get("on_completion") == "keep" and handle.thread_id is not None:
            self.threads.adopt(handle.thread_id)
        return handle

    async def _find_name(self, handle: RunHandle) -> RunHandle:
        """Look the run up in its thread's list if the answer to its creation did not name it."""
        if handle.run_id or handle.thread_id is None:
            return handle
        response = await self.api.get(runs_path(handle.thread_id), params={"limit": 100})
        listed = response.json() if response.is_success else []
        rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        own = [row for row in rows if nonce_of(row) == handle.nonce]
        found = own or (rows if len(rows) == 1 and nonce_of(rows[0]) is None else [])
        named = replace(handle, run_id=(text(found[0].get("run_id")) if found else None) or "")
        if named.run_id:
            self.made.append(named)
        return named

    def _result(self, handle: RunHandle, response: httpx.Response) -> Any:
        """Record what a wait or a join answered, and return it."""
        body = unwrap(response.json())
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


def unwrap(body: Any) -> Any:
    """Return the values in an answer of the form that the Agent Protocol gives it, else the answer.

    `{"values": ..., "messages": ...}` in place of the values is a defect by itself, which RUN-14
    judges; what all other tests ask of the values is in there.
    """
    is_wrapped = isinstance(body, dict) and body.keys() == {"values", "messages"}
    return body["values"] if is_wrapped and isinstance(body["values"], dict) else body


def nonce_of(run: Mapping[str, Any]) -> object:
    """Return the nonce in a run's input as the server shows it, None if it shows none."""
    kwargs = run.get("kwargs")
    given = kwargs.get("input") if isinstance(kwargs, dict) else None
    return given.get("nonce") if isinstance(given, dict) else None


@contextmanager
def _answer_to(request: CreateRequest, handle: RunHandle | None = None) -> Iterator[None]:
    """`OutcomeUnknown` when the answer does not come, or not in full once there is a `handle`."""
    try:
        yield
    except httpx.TransportError as error:
        raise _unknown(request, repr(error), handle=handle) from error


def _runs_in(request: CreateRequest, response: httpx.Response, count: int) -> list[Json]:
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
    raise _unknown(request, reason, response=response)


def _demand(request: CreateRequest, response: httpx.Response) -> None:
    outcome = classify(response.status_code)
    if outcome == "fail":
        reason = f"run {request.nonce} was refused: {response.status_code} {detail_of(response)}"
        raise RunRefused(reason, request.nonce, response)
    if outcome == "info":
        raise _unknown(request, f"{response.status_code} {detail_of(response)}", response=response)


def _unknown(
    request: CreateRequest,
    reason: str,
    *,
    response: httpx.Response | None = None,
    handle: RunHandle | None = None,
) -> OutcomeUnknown:
    what = "its answer did not come in full" if handle else "whether it was accepted is unknown"
    error = OutcomeUnknown(f"run {request.nonce}: {what} ({reason})", request.nonce, response)
    error.handle, error.thread_id = handle, request.thread_id
    return error
