"""A streamed run: read as it happens, sometimes cut, and then resumed where it was cut.

The ticks of the probe number themselves, so the user sees at once when one is missing, repeated
or out of order; the request is then marked failed. The history keeps every event for the checks.
"""

import random
import time
from collections.abc import Iterable
from typing import Any

from onceproof.conformance.wire.sse import SseEvent, SseParser
from onceproof.load.agent import Agent, Order, RequestFailed, failure
from onceproof.load.connection import Connection, NoAnswer, Reply
from onceproof.load.recorder import Subscription, Tick, tick_of

TOTAL = 20
CUT_SHARE = 0.2


def stream(agent: Agent) -> None:
    """Create a run, follow its events to the end, cut and resume the connection now and then."""
    order = agent.order(
        "stream", "ticks", {"total": TOTAL}, stream_mode=["custom"], stream_resumable=True
    )
    follower = Follower(agent, order)
    if random.random() < CUT_SHARE:
        follower.cut_at = random.randrange(1, TOTAL)
    follower.start()
    if follower.ended == "cut":
        follower.resume()


class Follower:
    """Reads one run's events over as many connections as it takes.

    `expected` is the next sequence number; `cut_at` is where to leave, None for never; `ended` says
    how the last connection did: "eof", "cut", "error", or None if none was had.
    """

    def __init__(self, agent: Agent, order: Order) -> None:
        self.expected = 0
        self.cut_at: int | None = None
        self.ended: str | None = None
        self._agent = agent
        self._order = order
        self._token: Any = None
        self._last_id: str | None = None
        self._problem: RequestFailed | None = None
        self._connections = 0

    def start(self) -> None:
        """Create the run and read until the stream ends or is cut."""
        order = self._order
        sub = self._subscription(None)
        try:
            opened = self._agent.submit(order)
        except BaseException:
            sub.record_refusal("the user was stopped", "info")
            raise
        if opened is None:
            sub.record_refusal(
                "the run was not accepted", "fail" if order.outcome == "fail" else "info"
            )
            return
        self._follow(sub, *opened)
        self._agent.account_for("POST", "stream run", order.started_s, self._problem)

    def resume(self) -> None:
        """Go on after the last event received."""
        started_s = time.perf_counter()
        self.cut_at, self.ended = None, None
        sub = self._subscription(self._last_id)
        connection = self._agent.connection()
        fields = f"accept: text/event-stream\r\nlast-event-id: {self._last_id}\r\n"
        problem: Exception | None
        try:
            reply = connection.open("GET", f"{self._order.path}/stream", fields=fields)
            if reply.status == 200:
                self._follow(sub, connection, reply)
                problem = self._problem
            else:
                problem = self._record_refusal(sub, connection, reply)
        except NoAnswer as error:
            sub.record_refusal(str(error), "info")
            problem = error
        self._agent.account_for("GET", "resume stream", started_s, problem)

    def _record_refusal(
        self, sub: Subscription, connection: Connection, reply: Reply
    ) -> RequestFailed:
        while not reply.done:
            connection.more(reply)
        problem = failure(reply)
        sub.record_refusal(str(problem))
        return problem

    def _follow(self, sub: Subscription, connection: Connection, reply: Reply) -> None:
        """Read a connection to its end; everything wrong with it becomes the problem."""
        sub.record_opening(self._order.submission.run_id or "")
        # What leaves without an ending is the user being stopped, which cuts the stream from here.
        self.ended = "cut"
        try:
            self.ended = self._read(sub, connection, reply)
        except NoAnswer as error:
            self.ended = "error"
            self._note(str(error))
        finally:
            sub.record_end(self.ended)
        if self.ended == "eof" and self.expected != TOTAL and self._problem is None:
            self._note(f"the stream ended after {self.expected} of {TOTAL} events")
        if self.ended == "eof":
            self._agent.count_end(self._order)

    def _read(self, sub: Subscription, connection: Connection, reply: Reply) -> str:
        parser = SseParser()
        while True:
            if self._take_all(sub, parser.feed(reply.take())):
                connection.close()
                return "cut"
            if reply.done:
                break
            connection.more(reply)
        parser.close()
        if parser.truncated:
            self._note("the stream ended in the middle of an event")
        return "eof"

    def _take_all(self, sub: Subscription, events: Iterable[SseEvent]) -> bool:
        """Take events that arrived together; return whether to leave, the rest unread."""
        seen: list[tuple[SseEvent, Tick | None]] = []
        leaving = False
        for event in events:
            tick = tick_of(event)
            seen.append((event, tick))
            self._take(event, tick)
            leaving = self.expected == self.cut_at and self._last_id is not None
            if leaving:
                break
        sub.record_events(seen)
        return leaving

    def _take(self, event: SseEvent, tick: Tick | None) -> None:
        if event.id is not None:
            self._last_id = event.id
        if event.name == "error":
            self._note(f"the run failed: {event.data[:200].decode('utf-8', 'replace')}")
        if tick is None:
            return
        self._agent.session.series.event()
        if self._token is None:
            self._agent.account_for("SSE", "first event", self._order.started_s, None)
        if tick.token != self._token:
            # Another attempt of the run emits all of its events again.
            self._token, self.expected = tick.token, 0
        if tick.seq != self.expected:
            self._note(f"got event {tick.seq}, but should be {self.expected}")
        self.expected = tick.seq + 1

    def _note(self, sentence: str) -> None:
        self._problem = self._problem or RequestFailed(sentence)

    def _subscription(self, after: str | None) -> Subscription:
        self._connections += 1
        nonce = self._order.submission.nonce
        promise = {
            "run_id": self._order.submission.run_id,
            "after": after,
            "resumable": True,
            "from_start": after is None,
        }
        key = f"sub-{nonce}-{self._connections}"
        return Subscription(self._agent.session.history, key, nonce, promise)
