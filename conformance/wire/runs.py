"""`Runs`: a run's whole life through the API, every step of it in the history."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from onceproof.conformance.history.values import Json, Promise
from onceproof.conformance.history.vocabulary import TERMINAL, RunOperation
from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.create import RunCreator, nonce_of
from onceproof.conformance.wire.handles import RunHandle, list_modes, runs_path
from onceproof.conformance.wire.operations import OutcomeUnknown, RunRefused, detail_of
from onceproof.conformance.wire.sanitise import number, text
from onceproof.conformance.wire.snapshots import final_snapshot
from onceproof.conformance.wire.subscriptions import FROM_START, Subscription

ACTIVE = frozenset({"pending", "running"})
SETTLE_AT_ONCE = 16
POLL_FIRST_S = 0.02
POLL_LAST_S = 0.2
RECOVERED = "info-create-recovered"


class StillRunning(Exception):
    """A run did not reach a terminal status in time."""


class Runs(RunCreator):
    """Creates runs (see `RunCreator`), follows them, ends them, and reads what is left.

    Reads raise `httpx.TransportError` or `httpx.HTTPStatusError` and leave no trace in the
    history when they were not answered; `cancel` and `delete` return the answer, whatever it is.
    """

    async def __aenter__(self) -> "Runs":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.clean_up()

    async def new_thread(self, **body: Any) -> str:
        """Create a thread that `clean_up` deletes; its id."""
        return await self.threads.new(**body)

    async def delete_thread(self, thread_id: str) -> httpx.Response:
        """Delete a thread now."""
        return await self.threads.delete(thread_id)

    async def settle(self, timeout_s: float = 20.0) -> None:
        """Record how every run made here ended, before `clean_up` takes its thread.

        What is still under way is cancelled first; what was deleted on purpose is left out. A
        nonce without this read at the end is a run whose fate nobody knows.
        """
        left = [handle for handle in self.made if not self._is_absent(handle)]
        self.made.clear()

        async def stop(handle: RunHandle) -> None:
            if await self.status(handle) in ACTIVE:
                await self.cancel(handle)

        await gather_within_limit(map(stop, left), SETTLE_AT_ONCE)
        if left:
            await self.final_snapshot(left, timeout_s)

    def _is_absent(self, handle: RunHandle) -> bool:
        paths = {handle.path, f"/threads/{handle.thread_id}"}
        return not paths.isdisjoint(self.api.deleted)

    async def clean_up(self) -> None:
        """Settle, then delete every thread made here; `CleanUpFailed` if one cannot be deleted."""
        await self.settle()
        await self.threads.clean_up()

    async def join(
        self, handle: RunHandle, *, at: int | None = None, timeout_s: float | None = None
    ) -> Any:
        """Wait for a run to end; its final values."""
        response = await self.api.get(f"{handle.path}/join", at=at, timeout_s=timeout_s)
        response.raise_for_status()
        return self._result(handle, response)

    @asynccontextmanager
    async def join_stream(
        self,
        handle: RunHandle,
        last_event_id: str | None = None,
        at: int | None = None,
        modes: str | Sequence[str] | None = None,
        *,
        expired: bool = False,
    ) -> AsyncIterator[Subscription]:
        """Subscribe to the events of a run, after `last_event_id` if that is given.

        `expired` says that the events asked for are older than the server keeps them, so that the
        history does not hold it to delivering them.
        """
        promise: Promise = {
            "run_id": handle.run_id,
            "after": last_event_id,
            "resumable": handle.resumable,
            "from_start": handle.resumable and last_event_id in FROM_START,
            "modes": list_modes(modes) if modes is not None else handle.modes,
        }
        if expired:
            promise["expired"] = True
        params = None if modes is None else {"stream_mode": modes}
        with Subscription(self._history, handle.nonce, promise) as sub:
            async with self.api.stream(
                "GET", f"{handle.path}/stream", params=params, last_event_id=last_event_id, at=at
            ) as stream:
                if not stream.response.is_success:
                    sub.refuse(stream.response)
                    reason = f"{stream.response.status_code} {detail_of(stream.response)}"
                    raise RunRefused(f"no stream: {reason}", handle.nonce, stream.response)
                sub.accept(handle, stream)
                yield sub

    async def read(self, handle: RunHandle, *, at: int | None = None) -> Json | None:
        """Return the run as the server shows it, None if it does not know the run (404)."""
        call_t = time.monotonic_ns()
        response = await self.api.get(handle.path, at=at)
        if response.status_code == 404:
            return None
        response.raise_for_status()
        run: Json = response.json()
        value = {"run_id": handle.run_id, "status": text(run.get("status")), "call_t": call_t}
        if "attempt" in run:
            value["attempt"] = number(run["attempt"])
        self._operations.observe("run.status", handle.nonce, value)
        return run

    async def status(self, handle: RunHandle, *, at: int | None = None) -> str | None:
        """Return the status of a run, None if the server does not know it."""
        run = await self.read(handle, at=at)
        return None if run is None else text(run.get("status"))

    async def until_terminal(self, handle: RunHandle, timeout_s: float = 30.0) -> str | None:
        """Poll until the run is over: its terminal status, or None once it is gone (404).

        Unanswered reads and 5xx are put up with until `timeout_s` is over, as during faults;
        then `StillRunning`.
        """
        deadline, pause_s, seen = time.monotonic() + timeout_s, POLL_FIRST_S, "unread"
        while True:
            try:
                status = await self.status(handle)
            except (httpx.TransportError, httpx.HTTPStatusError) as error:
                status = seen = repr(error)
            if status is None or status in TERMINAL:
                return status
            seen = status
            if time.monotonic() + pause_s > deadline:
                raise StillRunning(f"run {handle.run_id} is not over after {timeout_s:g} s: {seen}")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, POLL_LAST_S)

    async def cancel(
        self,
        handle: RunHandle,
        wait: bool = False,
        action: str = "interrupt",
        *,
        at: int | None = None,
    ) -> httpx.Response:
        """Cancel a run; the answer. `OutcomeUnknown` without one."""
        params = {"wait": "1" if wait else "0", "action": action}
        value = {"run_id": handle.run_id, "action": action, "wait": wait}
        return await self._end(
            "run.cancel", handle, value, method="POST", suffix="/cancel", params=params, at=at
        )

    async def delete(self, handle: RunHandle, *, at: int | None = None) -> httpx.Response:
        """Delete a run; the answer. `OutcomeUnknown` without one."""
        value = {"run_id": handle.run_id, "action": "delete"}
        return await self._end("run.delete", handle, value, method="DELETE", suffix="", at=at)

    async def recover(self, unknown: OutcomeUnknown) -> RunHandle | None:
        """Find by its nonce the run behind a create that was never answered, or return None.

        That it is absent now does not prove that it never will be: the request may still be
        under way.
        """
        response = await self.api.get(runs_path(unknown.thread_id), params={"limit": 100})
        if response.status_code == 404:
            return None
        response.raise_for_status()
        for run in response.json():
            if nonce_of(run) == unknown.nonce:
                value = {"nonce": unknown.nonce, "run_id": run["run_id"]}
                self._history.add("mark", RECOVERED, who="harness", value=value)
                resumable = bool(run["kwargs"].get("stream_resumable"))
                return RunHandle(unknown.nonce, run["run_id"], unknown.thread_id, None, resumable)
        return None

    async def final_snapshot(self, handles: Sequence[RunHandle], timeout_s: float = 30.0) -> bool:
        """Take the final read of these runs, once all faults are healed and the end is quiet.

        `timeout_s` is the drain deadline: a run that is not over by then counts as stuck. With 0
        it is only a look. True if all came to rest.
        """
        return await final_snapshot(self.api, self._history, handles, timeout_s)

    async def _end(
        self,
        op: RunOperation,
        handle: RunHandle,
        value: Mapping[str, Any],
        *,
        method: str,
        suffix: str,
        **options: Any,
    ) -> httpx.Response:
        with self._operations.begin(op, handle.nonce, value) as operation:
            try:
                response = await self.api.request(method, handle.path + suffix, **options)
            except httpx.TransportError as error:
                reason = f"{op} of {handle.run_id}: {error!r}"
                raise OutcomeUnknown(reason, handle.nonce) from error
            operation.record_answer(response, value)
        return response
