"""One user: creates runs, waits for them, streams them, and writes down what it saw.

A user keeps a thread for a number of runs, like a conversation, one run after the other; the state
of the thread accumulates the entries of its runs and is the ledger that the audit reads. The
thread's id is chosen here, so that a create that was never answered can still be looked up: after
one, the thread is left alone.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

import gevent
import orjson

from onceproof.conformance.guest import current_guest
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.wire.outcomes import classify
from onceproof.load.connection import Connection, NoAnswer, Reply
from onceproof.load.recorder import Client
from onceproof.load.session import Session, Submission

RUNS_PER_THREAD = 20
TIMEOUT_S = 60.0
PAUSE_S = 0.1
"""After a failure: a server that refuses everything is not asked a thousand times a second."""

SUFFIX = {"create": "", "wait": "/wait", "stream": "/stream"}
NAMES = {"create": "create run", "wait": "wait for run", "stream": "stream run"}
EXPECTED = {"load_echo": {"steps": 1}}
"""What the history demands of a finished run, beyond what its input says."""

IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}")


class RequestFailed(Exception):
    """A request was answered with an error, or with something else than it should have been.

    Locust prints what it says, so that holds no secret.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(SECRETS.hide(sentence))


class Report(Protocol):
    """Locust's request event."""

    def __call__(self, **fields: Any) -> None: ...


@dataclass
class Order:
    """A run to be created, and once it is accepted where it is found."""

    via: str
    thread_id: str
    submission: Submission
    body: bytes
    started_s: float = 0.0
    outcome: str = "info"

    @property
    def path(self) -> str:
        """The run's path."""
        return f"/threads/{self.thread_id}/runs/{self.submission.run_id}"


class Agent:
    """Uses runs in one way or another, one at a time; replicas take turns."""

    runs_per_thread = RUNS_PER_THREAD

    def __init__(self, session: Session, report: Report) -> None:
        self.session = session
        self._report = report
        number = next(session.numbers)
        self._client = Client(session.history, number)
        self._connections = [Connection(host, session.headers, TIMEOUT_S) for host in session.hosts]
        self._turn = number
        self._thread_id = ""
        self._thread_uses = 0
        self.due_s: float | None = None

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()

    def background(self) -> None:
        """Create a run, then join it until it is over."""
        order = self.order("create", "load_echo", {})
        if self.submit(order) is None:
            return
        started_s = time.perf_counter()
        try:
            reply = self.connection().exchange("GET", f"{order.path}/join")
            problem = self._result(order, reply)
        except NoAnswer as error:
            reply, problem = Reply(), error
        self.account_for("GET", "join run", started_s, problem)

    def wait(self) -> None:
        """Create a run and wait for its result in the same request."""
        order = self.order("wait", "load_echo", {})
        opened = self.submit(order)
        if opened is None:
            return
        connection, reply = opened
        problem: Exception | None
        try:
            while not reply.done:
                connection.more(reply)
            problem = self._result(order, reply)
        except NoAnswer as error:
            problem = error
        self.account_for("POST", "wait for run", order.started_s, problem)

    def order(self, via: str, graph: str, given: Mapping[str, Any], **fields: Any) -> Order:
        """Return a run to be created: what is `given` to the graph, other `fields` of the request
        body."""
        thread_id = self._thread()
        submission = Submission(uuid4().hex)
        self.session.ledger[thread_id].append(submission)
        sink = {} if self.session.sink is None else {"sink": self.session.sink}
        body = {
            "assistant_id": graph,
            "input": {"nonce": submission.nonce, **given, **sink},
            "if_not_exists": "create",
            "on_disconnect": "continue",
            **make_metadata(),
            **fields,
        }
        value = {"thread_id": thread_id, "assistant": graph, "via": via, **given}
        self._client.record_create(submission.nonce, value | EXPECTED.get(graph, {}))
        return Order(via, thread_id, submission, orjson.dumps(body), self.begin())

    def begin(self) -> float:
        """Return when the next run began: when it was due, or now if no schedule says that."""
        due_s, self.due_s = self.due_s, None
        return time.perf_counter() if due_s is None else due_s

    def submit(self, order: Order) -> tuple[Connection, Reply] | None:
        """Send a create; the answer with its headers in, or None if the run was not accepted."""
        connection = self.connection()
        path = f"/threads/{order.thread_id}/runs{SUFFIX[order.via]}"
        try:
            reply = connection.open("POST", path, order.body)
            while not reply.done and (order.via == "create" or reply.status >= 300):
                connection.more(reply)
        except NoAnswer as error:
            self._unknown(order, str(error))
            self.account_for("POST", NAMES[order.via], order.started_s, error)
            return None
        except BaseException:
            self._unknown(order, "the user was stopped")
            raise
        problem = self._settle(order, reply)
        if problem is not None or order.via == "create":
            self.account_for("POST", NAMES[order.via], order.started_s, problem)
        return None if problem is not None else (connection, reply)

    def connection(self) -> Connection:
        """Return the connection to the replica whose turn it is."""
        self._turn += 1
        return self._connections[self.replica]

    @property
    def replica(self) -> int:
        """The number of the replica that was asked last."""
        return self._turn % len(self._connections)

    def account_for(
        self, method: str, name: str, started_s: float, problem: Exception | None
    ) -> None:
        """Account for one request, to Locust and to the series; pause after a problem."""
        elapsed_s = time.perf_counter() - started_s
        self.session.series.operation(name, elapsed_s * 1e6, problem is not None)
        self._report(
            request_type=method,
            name=name,
            response_time=elapsed_s * 1000,
            response_length=0,
            exception=problem,
            context={},
        )
        if problem is not None:
            gevent.sleep(PAUSE_S)

    def count_end(self, order: Order) -> None:
        """Account for a run that was seen to end."""
        self.session.series.count_end((time.perf_counter() - order.started_s) * 1e6)

    def _thread(self) -> str:
        if self._thread_uses % self.runs_per_thread == 0:
            self._thread_id = str(uuid4())
            self.session.ledger[self._thread_id] = []
        self._thread_uses += 1
        return self._thread_id

    def _unknown(self, order: Order, reason: str) -> None:
        self._client.record_unknown(order.submission.nonce, reason)
        self._thread_uses = 0

    def _settle(self, order: Order, reply: Reply) -> Exception | None:
        """Record what an answer to a create means; the problem if it is not an acceptance."""
        order.outcome = classify(reply.status)
        nonce = order.submission.nonce
        if order.outcome == "ok":
            run_id = _run_id(order, reply)
            order.submission.run_id, order.submission.accepted = run_id, True
            self._client.record_acceptance(nonce, run_id, order.thread_id, reply.status)
            self.session.series.count_acceptance()
            return None if run_id else RequestFailed(f"{reply.status} without the id of the run")
        problem = failure(reply)
        if order.outcome == "fail":
            self._client.record_refusal(nonce, str(problem), reply.status)
            self.session.ledger[order.thread_id].remove(order.submission)
        else:
            self._unknown(order, str(problem))
        return problem

    def _result(self, order: Order, reply: Reply) -> Exception | None:
        """Record the answer of a wait or join; the problem if the run failed."""
        if reply.status != 200:
            return failure(reply)
        try:
            values = orjson.loads(reply.take())
        except orjson.JSONDecodeError as error:
            return RequestFailed(f"the result is not JSON: {error}")
        values = values if isinstance(values, dict) else {}
        self._client.record_result(order.submission.nonce, order.submission.run_id or "", values)
        self.count_end(order)
        if "__error__" in values:
            return RequestFailed(f"the run failed: {values['__error__']}")
        return None


def make_metadata() -> dict[str, object]:
    """Return the field `metadata` of a request: the mark of a guest, if we are one."""
    mark = current_guest().mark
    return {"metadata": mark.metadata} if mark else {}


def failure(reply: Reply) -> RequestFailed:
    """Return what an error answer says. Ids are left out, so that Locust counts alike errors
    together."""
    body = reply.take()
    try:
        detail = orjson.loads(body)
        detail = detail.get("detail", detail) if isinstance(detail, dict) else detail
    except orjson.JSONDecodeError:
        detail = body.decode("utf-8", "replace")
    return RequestFailed(IDS.sub("…", f"{reply.status} {detail}")[:300])


def _run_id(order: Order, reply: Reply) -> str:
    """The id of an accepted run, "" if the answer has none."""
    if order.via != "create":
        return reply.header(b"content-location").rpartition("/runs/")[2].split("/")[0]
    try:
        run = orjson.loads(reply.take())
    except orjson.JSONDecodeError:
        return ""
    return str(run.get("run_id", "")) if isinstance(run, dict) else ""
