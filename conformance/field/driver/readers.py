"""The three readers of a run: one that nobody cuts, one that is cut and resumes, one that joins."""

import asyncio
import time
from random import Random
from uuid import uuid4

import httpx

from onceproof.conformance.field.driver.ours import OurRun
from onceproof.conformance.field.driver.watch import Watch, refusal_of
from onceproof.conformance.field.events import Texts, describe_event
from onceproof.conformance.field.words import CUT, JOINED, LIVE
from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.wire.handles import locate
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.wire.streams import EventStream, StreamError

#: A cut comes after so many events of a connection, and there are so many cuts.
CUT_AFTER, CUTS = 9, 3
FROM_START = "-1"
#: While something is broken, a reader that was thrown out comes back after so long.
AGAIN_S = 0.5


class FieldReader:
    """One reader; its records name it in all connections."""

    def __init__(self, watch: Watch, run: OurRun, role: str) -> None:
        self._watch, self._run, self._role = watch, run, role
        self._id = f"{run.label}-{role}-{uuid4().hex[:6]}"
        self._texts = Texts()
        self._opening: Json = {}
        self._after = FROM_START
        self._is_over = False

    async def create(self) -> None:
        """Create the run and follow it to its end: the reader that nobody cuts."""
        await self._create()
        await self._come_back()

    async def _create(self) -> None:
        watch, run, path = self._watch, self._run, f"/threads/{self._run.thread}/runs/stream"
        try:
            async with watch.api.stream(
                "POST", path, json=run.body, at=0, timeout_s=watch.plan.deadline_s
            ) as stream:
                if not stream.response.is_success:
                    self._refuse(stream.response)
                    return
                await self._accept(stream)
                self._open(None, 0)
                await self._follow(stream)
        except httpx.TransportError as error:
            if not run.begun.is_set():
                watch.note("info", "run.create", run.label, {}, error=repr(error))
        finally:
            run.begun.set()
            run.working.set()

    async def follow_with_cuts(self, random: Random) -> None:
        """Read from the start on the other replica, cut at random events and resume after them."""
        for turn in range(CUTS + 1):
            limit = random.randint(1, CUT_AFTER) if turn < CUTS else None
            if not await self._connect(turn + 1, limit):
                break
        await self._come_back()

    async def join(self) -> None:
        """Read from the start a run that is over."""
        await self._connect(1, None)

    async def _come_back(self) -> None:
        """Read on while something is broken, on one replica after the other, until the run ends.

        A connection may end cleanly, although nobody but its server has.
        """
        watch, run, turn = self._watch, self._run, 1
        deadline = time.monotonic() + watch.plan.deadline_s
        while watch.is_patient and run.run_id is not None and time.monotonic() < deadline:
            if self._is_over and run.status in TERMINAL:
                return
            await asyncio.sleep(AGAIN_S)
            await self._connect(turn, None)
            turn += 1

    async def _connect(self, replica: int, limit: int | None) -> bool:
        """Read up to `limit` events after the last one; whether there may be more."""
        watch, after = self._watch, self._after
        self._open(after, replica % watch.replicas)
        try:
            async with watch.api.stream(
                "GET",
                f"{self._run.path}/stream",
                last_event_id=after,
                at=replica % watch.replicas,
                timeout_s=watch.plan.deadline_s,
            ) as stream:
                if not stream.response.is_success:
                    kind, value = refusal_of(stream.response)
                    self._note_opening(kind, value)
                    self._is_over = kind == "fail"
                    return False
                self._note_opening("ok", {})
                await self._follow(stream, limit)
                return stream.ended is None and stream.last_event_id is not None
        except httpx.TransportError as error:
            watch.note("info", "sub.open", self._id, self._opening, error=repr(error))
            return False

    async def _follow(self, stream: EventStream, limit: int | None = None) -> None:
        try:
            while limit is None or stream.received < limit:
                event = await stream.next()
                if event is None:
                    break
                self._take(event)
        except StreamError as error:
            self._close("error", str(error))
        else:
            self._close(stream.ended or "cut")
            self._is_over = stream.ended is not None
        self._after = stream.last_event_id or self._after

    async def _accept(self, stream: EventStream) -> None:
        """Take note of an accepted run, by the headers or else by its first event."""
        run = self._run
        run.run_id = locate(stream.response).get("run_id")
        value = {"thread_id": run.thread, "run_id": run.run_id}
        self._watch.note("ok", "run.create", run.label, value)
        run.begun.set()

    def _refuse(self, response: httpx.Response) -> None:
        kind, value = refusal_of(response)
        run = self._run
        self._watch.note(kind, "run.create", run.label, {"thread_id": run.thread, **value})

    def _take(self, event: SseEvent) -> None:
        value = describe_event(event) | {"label": self._run.label}
        if marks := self._watch.marks.find(event.data):
            value["marks"] = marks
        self._watch.note("event", "sub.event", self._id, value, t=event.t_ns)
        if self._role == LIVE:
            self._texts.take(event)
            if value["name"] != "metadata":
                self._run.began_s = self._run.began_s or time.monotonic()
                self._run.working.set()
                self._watch.stirred.set()

    def _open(self, after: str | None, replica: int) -> None:
        self._opening = {
            "label": self._run.label,
            "role": self._role,
            "replica": replica,
            "after": after,
            "modes": self._run.body.get("stream_mode"),
        }
        self._note_opening("invoke", {})

    def _note_opening(self, kind: str, value: Json) -> None:
        self._watch.note(kind, "sub.open", self._id, {**self._opening, **value})  # type: ignore[arg-type]

    def _close(self, reason: str, error: str | None = None) -> None:
        value: Json = {"label": self._run.label, "reason": reason}
        if self._role == LIVE:
            value["texts"] = self._texts.digest(whole=False)
            value["wholes"] = self._texts.digest(whole=True)
        self._watch.note("mark", "sub.close", self._id, value, error=error)


__all__ = ["CUT", "JOINED", "LIVE", "FieldReader"]
