"""A user of the operator's graph: the same three ways of using a run, judged by any graph's rules.

Nothing is known of the graph, so what is written down is what field mode writes: each run with a
mark of its own, digests of what it answered, events by their ids and digests. After each run its
status is read on another replica.
"""

import random
import time
from collections.abc import Mapping
from typing import Any

import orjson

from onceproof.conformance.field.events import describe_event
from onceproof.conformance.field.extract import digest_keys
from onceproof.conformance.field.shapes import describe_run
from onceproof.conformance.field.words import JOINED, LIVE, RUN_MARK
from onceproof.conformance.history.recorder import Noted
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.sanitise import digest, fields, text
from onceproof.conformance.wire.sse import SseEvent, SseParser
from onceproof.load.agent import Agent, Order, Report, failure, make_metadata
from onceproof.load.connection import Connection, NoAnswer, Reply
from onceproof.load.own import OwnGraph
from onceproof.load.recorder import Client, History
from onceproof.load.session import Session, Submission

#: What a reader is shown: enough for a stream to be held against the history of its thread.
MODES = ("values", "updates", "checkpoints", "tasks")
#: The share of streamed runs that are read once more, cut and resumed.
AGAIN_SHARE = 0.2
CUT_AFTER = 9
FROM_START = "-1"


class OwnClient(Client):
    """One logical client, in the words of field mode; `via` is how it gets its next result."""

    via = "join"

    def record_acceptance(self, nonce: str, run_id: str, thread_id: str, status: int) -> None:
        """Record that the server acknowledged the run."""
        value = {"run_id": run_id, "thread_id": thread_id}
        self._add("ok", "run.create", who=self.who, key=nonce, value=value)

    def record_refusal(self, nonce: str, detail: str, status: int) -> None:
        """Record that the server declined the run; what it said may hold content."""
        self._add("fail", "run.create", who=self.who, key=nonce, value={"status": status})

    def record_unknown(self, nonce: str, reason: str) -> None:
        """Record that nobody knows whether the run was accepted."""
        self._add("info", "run.create", who=self.who, key=nonce, value={})

    def record_result(self, nonce: str, run_id: str, values: Mapping[str, Any]) -> None:
        """Record the digests of what a wait or join answered."""
        value = {"via": self.via, "keys": digest_keys(values)}
        self._add("ok", "run.result", who=self.who, key=nonce, value=value)


class OwnAgent(Agent):
    """Uses runs of the operator's graph, one at a time."""

    runs_per_thread = 3  # a conversation costs more with every turn

    def __init__(self, session: Session, report: Report, own: OwnGraph) -> None:
        super().__init__(session, report)
        self.own = own
        self._client = self._words = OwnClient(session.history, next(session.numbers))

    def order(self, via: str, graph: str, given: Mapping[str, Any], **more: Any) -> Order:
        """Return a run of the own graph with its next input; Spent if there may be none."""
        number, value = self.own.deal()
        label = f"load-{number:05}"
        thread_id, submission = self._thread(), Submission(label)
        self.session.ledger[thread_id].append(submission)
        mark = {RUN_MARK: self.own.marks.name(label)}
        body = {
            "assistant_id": self.own.name,
            "input": value,
            "if_not_exists": "create",
            "metadata": {**fields(make_metadata().get("metadata")), **mark},
            **dict(self.own.list_settings()),
            **more,
        }
        created = {"thread_id": thread_id, "strategy": "enqueue", "input": digest(value)}
        self._client.record_create(label, created)
        self._words.via = "wait" if via == "wait" else "join"
        return Order(via, thread_id, submission, orjson.dumps(body), self.begin())

    def note_end(self, order: Order) -> None:
        """Read the status of a run that was seen to end; a thread that asks is left alone."""
        call_t = time.monotonic_ns()
        try:
            reply = self.connection().exchange("GET", order.path)
            shown = orjson.loads(reply.take()) if reply.status == 200 else {}
        except (NoAnswer, orjson.JSONDecodeError):
            return
        if reply.status not in (200, 404):
            return
        value = describe_run(shown) if reply.status == 200 else {"status": None}
        key = order.submission.nonce
        read = {**value, "replica": self.replica, "call_t": call_t}
        self.session.history.add("ok", "run.status", who=self._client.who, key=key, value=read)
        if text(fields(shown).get("status")) != "success":
            self._thread_uses = 0

    def stream(self) -> None:
        """Create a run and follow its events; now and then read them once more, cut and resumed."""
        order = self.order(
            "stream",
            self.own.name,
            {},
            stream_mode=list(MODES),
            stream_subgraphs=True,
            stream_resumable=True,
            on_disconnect="continue",
        )
        opened = self.submit(order)
        if opened is None:
            return
        reader = _Reader(self, order, LIVE)
        problem = reader.follow(*opened, after=None)
        self.account_for("POST", "stream run", order.started_s, problem)
        if reader.is_whole:
            self.count_end(order)
        self.note_end(order)
        if reader.is_whole and random.random() < AGAIN_SHARE:
            _read_again(self, order)

    def _result(self, order: Order, reply: Reply) -> Exception | None:
        problem = super()._result(order, reply)
        self.note_end(order)
        return problem


def _read_again(agent: OwnAgent, order: Order) -> None:
    """Read the events of a run that is over from the start, leave, and go on where it was left."""
    reader, after = _Reader(agent, order, JOINED), FROM_START
    for limit in (random.randint(1, CUT_AFTER), None):
        started_s, connection = time.perf_counter(), agent.connection()
        line = f"accept: text/event-stream\r\nlast-event-id: {after}\r\n"
        problem: Exception | None
        try:
            reply = connection.open("GET", f"{order.path}/stream", fields=line)
            if reply.status != 200:
                while not reply.done:
                    connection.more(reply)
                return agent.account_for("GET", "resume stream", started_s, failure(reply))
            problem = reader.follow(connection, reply, after=after, limit=limit)
        except NoAnswer as error:
            problem = error
        agent.account_for("GET", "resume stream", started_s, problem)
        if reader.last_id is None or problem is not None or reader.is_whole:
            return None
        after = reader.last_id
    return None


class _Reader:
    """One reader of a run's events, over as many connections as it takes."""

    def __init__(self, agent: OwnAgent, order: Order, role: str) -> None:
        self.last_id: str | None = None
        self.is_whole = False
        self._agent, self._order, self._role = agent, order, role
        self._key = f"{order.submission.nonce}-{role}"
        self._history: History = agent.session.history
        self._received = 0

    def follow(
        self, connection: Connection, reply: Reply, *, after: str | None, limit: int | None = None
    ) -> Exception | None:
        """Read one connection up to `limit` events; what went wrong with it."""
        value = {
            "role": self._role,
            "replica": self._agent.replica,
            "after": after,
            "modes": list(MODES),
        }
        self._note("invoke", "sub.open", value)
        self._note("ok", "sub.open", value)
        reason, problem = "cut", None
        try:
            reason = self._read(connection, reply, limit)
        except NoAnswer as error:
            reason, problem = "error", error
        finally:
            self._note("mark", "sub.close", {"reason": reason, "texts": {}, "wholes": {}})
        self.is_whole = reason == "eof"
        return problem

    def _read(self, connection: Connection, reply: Reply, limit: int | None) -> str:
        parser, left = SseParser(), limit
        while True:
            for event in parser.feed(reply.take()):
                self._take(event)
                left = None if left is None else left - 1
                if left == 0 and self.last_id is not None:
                    connection.close()
                    return "cut"
            if reply.done:
                break
            connection.more(reply)
        parser.close()
        return "error" if parser.truncated else "eof"

    def _take(self, event: SseEvent) -> None:
        self.last_id = event.id or self.last_id
        self._agent.session.series.event()
        value = describe_event(event) | {"label": self._order.submission.nonce}
        if marks := self._agent.own.marks.find(event.data):
            value["marks"] = marks
        key = self._key
        noted: Noted = (event.t_ns, key, "event", "sub.event", key, value, None, None)
        self._history.note(event.t_ns, (noted,))
        if self._role == LIVE and not self._received and value["name"] != "metadata":
            self._received += 1
            self._agent.account_for("SSE", "first event", self._order.started_s, None)

    def _note(self, kind: Any, op: str, value: Json) -> None:
        said = {"label": self._order.submission.nonce, **value}
        self._history.add(kind, op, who=self._key, key=self._key, value=said)
