"""Reads of a target, each of which leaves a record; none of them raises for what was answered."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import httpx

from onceproof.conformance.field.driver.ours import OurRun
from onceproof.conformance.field.extract import digest_keys
from onceproof.conformance.field.hands import Hands
from onceproof.conformance.field.plan import FieldPlan
from onceproof.conformance.field.shapes import (
    CHECKPOINTS,
    Marks,
    describe_chain,
    describe_run,
    describe_runs,
    describe_state,
    describe_thread,
)
from onceproof.conformance.field.words import HANDS, RUN_MARK
from onceproof.conformance.history import Kind, Recorder
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.outcomes import classify
from onceproof.conformance.wire.recording import decode_body
from onceproof.conformance.wire.sanitise import fields, text

#: What an answer of a kind is kept as.
Describe = Callable[[Any], Json]


class Watch:
    """The target under observation: one API, one history, one mark."""

    def __init__(self, api: Api, history: Recorder, plan: FieldPlan, nonce: str) -> None:
        self.api = api
        self.plan = plan
        self.nonce = nonce
        self.replicas = len(api.urls)
        #: While something is broken, readers come back and runs whose answer was lost are sought.
        self.is_patient = False
        #: Set when any run is seen to work.
        self.stirred = asyncio.Event()
        self._took_s: dict[int, float] = {}
        self._history = history
        self._labels = count(1)
        self.marks = Marks(nonce)

    def name_run(self) -> str:
        """Return a label that no other run of this certification has."""
        return f"run-{next(self._labels):04}"

    def note_hands(self, hands: Hands) -> None:
        """Record what can be broken here, and what cannot."""
        value: Json = {"faults": list(hands.faults), "lacks": list(hands.lacks)}
        self.note("mark", HANDS, "hands", {**value, "lease_ms": hands.lease_ms})

    def note_length(self, run: OurRun) -> None:
        """Remember how long a run that is over was at work, unless something was broken."""
        if run.number is not None and run.began_s is not None and not self.is_patient:
            seconds = time.monotonic() - run.began_s
            self._took_s[run.number] = max(seconds, self._took_s.get(run.number, 0.0))

    @property
    def longest_s(self) -> float:
        """How long the longest run was at work, seconds."""
        return max(self._took_s.values(), default=1.0)

    def choose_longest(self, dealt: int) -> int:
        """Return the input whose run took longest, or the one dealt where none is sent twice."""
        if self.plan.once_per_input or not self._took_s:
            return dealt
        return max(self._took_s, key=lambda number: self._took_s[number])

    def note(self, kind: Kind, op: str, key: str, value: Json, **more: Any) -> None:
        """Record something about a run, a reader or a thread."""
        self._history.add(kind, op, who=more.pop("who", key), key=key, value=value, **more)

    async def read_run(self, run: OurRun, replica: int = 0) -> str | None:
        """Read a run; its status, None if it is unknown or was not answered."""
        asked = {"replica": replica % self.replicas, "call_t": time.monotonic_ns()}
        response = await self._get(run.path, replica)
        if response is not None and response.status_code == 404:
            run.unknown_reads += 1
            self.note("ok", "run.status", run.label, {**asked, "status": None})
        if response is None or not response.is_success:
            return None
        shown, run.unknown_reads = decode_body(response), 0
        value = {**asked, **describe_run(shown)}
        self.note("ok", "run.status", run.label, value)
        return text(fields(shown).get("status"))

    async def find_run(self, run: OurRun, replica: int) -> str | None:
        """Look for a run by its mark; its id, "" if there is none, None if nobody answered."""
        response = await self._get(f"/threads/{run.thread}/runs?limit={CHECKPOINTS}", replica)
        if response is None or not response.is_success:
            return None
        shown = decode_body(response)
        mark = f"{self.nonce}.{run.label}"
        for entry in map(fields, shown if isinstance(shown, list) else ()):
            if fields(entry.get("metadata")).get(RUN_MARK) == mark:
                return text(entry.get("run_id")) or ""
        return ""

    async def read_final(self, run: OurRun) -> None:
        """Read a run for the last time: what became of it, or that the server does not know it."""
        response = await self._get(run.path, 0)
        if response is None or not (response.is_success or response.status_code == 404):
            return
        status = fields(decode_body(response)).get("status") if response.is_success else None
        self.note("snap", "final", run.label, {"run_id": run.run_id, "status": text(status)})

    async def join(self, run: OurRun, replica: int) -> None:
        """Ask for the final values of a run that is over."""
        response = await self._get(f"{run.path}/join", replica)
        if response is not None and response.is_success:
            keys = digest_keys(decode_body(response))
            value = {"via": "join", "replica": replica, "keys": keys}
            self.note("ok", "run.result", run.label, value)

    async def show(
        self, thread: str, phase: str, *, replica: int = 0, run: str | None = None
    ) -> list[str]:
        """Read every view of a thread; the questions that its state holds."""
        path = f"/threads/{thread}"
        base: Json = {"phase": phase, "replica": replica} | ({"run": run} if run else {})
        await self._view("thread.read", path, base, describe_thread)
        state = await self._view("thread.state", f"{path}/state", base, describe_state)
        chain, runs = partial(describe_chain, self.marks), partial(describe_runs, self.marks)
        await self._view("thread.history", f"{path}/history?limit={CHECKPOINTS}", base, chain)
        await self._view("thread.runs", f"{path}/runs?limit={CHECKPOINTS}", base, runs)
        return list(state.get("questions") or ())

    async def _view(self, op: str, path: str, base: Json, describe: Describe) -> Json:
        call_t = time.monotonic_ns()
        response = await self._get(path, base["replica"])
        if response is None or not response.is_success:
            return {}
        described = describe(decode_body(response))
        self.note("ok", op, path.split("/")[2], {**base, "call_t": call_t, **described})
        return described

    async def _get(self, path: str, replica: int) -> httpx.Response | None:
        """Ask a replica; None if it did not answer."""
        try:
            return await self.api.get(path, at=replica % self.replicas, timeout_s=60)
        except httpx.TransportError:
            return None


def refusal_of(response: httpx.Response) -> tuple[Kind, Json]:
    """Return how a refused request is recorded."""
    return classify(response.status_code), {"status": response.status_code}
