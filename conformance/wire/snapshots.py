"""The quiescent end read: once everything has come to rest, what became of each run.

Loss and duplication can only be judged after a drain (a run that is still queued is not lost), so
the mark `quiesced` says whether there was one: every run came to rest, or the drain deadline has
passed and what is left is stuck. One `snap` per run then says what the server holds: its status,
the status of its thread, the log in the thread's state.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence

import httpx

from onceproof.conformance.history import Recorder
from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import FINAL, QUIESCED, TERMINAL
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.ledger import ledger_of
from onceproof.conformance.wire.sanitise import fields, text

AT_ONCE = 16
POLL_S = 0.2
WHO = "snapshot"


async def final_snapshot(
    api: Api, history: Recorder, handles: Sequence[RunHandle], timeout_s: float
) -> bool:
    """Drain, mark, and record a snap per run; True if all came to rest within `timeout_s`.

    Transport errors and 5xx are retried while time is left, and raised after that.
    """
    reader = _Reader(api, time.monotonic() + timeout_s)
    statuses = await asyncio.gather(*(reader.settle(handle) for handle in handles))
    at_rest = all(status is None or status in TERMINAL for status in statuses)
    history.add("mark", QUIESCED, who=WHO, value={"drained": at_rest or timeout_s > 0})
    threads = {handle.thread_id: None for handle in handles if handle.thread_id}
    states = dict(zip(threads, await asyncio.gather(*map(reader.thread, threads)), strict=True))
    for handle, status in zip(handles, statuses, strict=True):
        status_and_log = states.get(handle.thread_id or "", _NOTHING)
        value = {"run_id": handle.run_id or None, "status": status, **status_and_log}
        history.add("snap", FINAL, who=WHO, key=handle.nonce, value=value)
    return at_rest


_NOTHING: Mapping[str, object] = {"thread_status": None, "log": None}


class _Reader:
    """Reads until a deadline, a bounded number at once."""

    def __init__(self, api: Api, deadline: float) -> None:
        self._api = api
        self._deadline = deadline
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def settle(self, handle: RunHandle) -> str | None:
        """Wait until a run rests and return its status, or the last one seen at the deadline."""
        while True:
            run = await self._read(handle.path)
            status = None if run is None else text(run.get("status"))
            if status is None or status in TERMINAL or self._late():
                return status
            await asyncio.sleep(POLL_S)

    async def thread(self, thread_id: str) -> Mapping[str, object]:
        """Read the status of a thread and the log in its state, None each where there is none."""
        thread = await self._read(f"/threads/{thread_id}")
        state = await self._read(f"/threads/{thread_id}/state") if thread else None
        log = ledger_of(fields(state).get("values"))
        return {"thread_status": text(fields(thread).get("status")), "log": log}

    async def _read(self, path: str) -> Json | None:
        while True:
            try:
                async with self._gate:
                    response = await self._api.get(path)
                if response.status_code == 404:
                    return None
                response.raise_for_status()
                return response.json()
            except (httpx.TransportError, httpx.HTTPStatusError):
                if self._late():
                    raise
            await asyncio.sleep(POLL_S)

    def _late(self) -> bool:
        return time.monotonic() >= self._deadline
