"""The effect sink: an HTTP server of the harness that each probe execution reports to.

It hands out the tokens (the harness is the fencing authority) and stamps the harness's clock,
so a black box shows which executions were lost, doubled, overlapping or stale:

    POST /begin  {nonce, step, pid, host}   -> {token, executions}
    POST /ping   {token}                    every so often while a node sleeps
    POST /effect {token, nonce, key}        the side effect to be counted
    POST /end    {token, nonce, outcome}
    POST /once   {nonce, key}               -> {token}   all of it in one instant, for load

A message that is held at a gate has been recorded: only its answer is late. So a worker stands
exactly inside a step, or at its very end, as long as a fault test needs, without a sleep in it.
"""

import asyncio
import math
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from onceproof.conformance.witness.board import Board, Wait
from onceproof.conformance.witness.connection import Request, Response, refusal
from onceproof.conformance.witness.ledger import Execution, Ledger, snapshot, tell
from onceproof.conformance.witness.messages import DECODERS, Begin, Effect, End, Once, Ping, Step
from onceproof.conformance.witness.server import WitnessServer

if TYPE_CHECKING:
    from onceproof.conformance.history import Recorder

GATE_S = 60.0
OK = Response()


@dataclass
class Gate:
    """Holds back up to `left` answers of `begin` or `end` until it opens, at most `limit_s`."""

    limit_s: float
    left: float = math.inf
    opened: asyncio.Event = field(default_factory=asyncio.Event)


class Sink(WitnessServer):
    """Witnesses probe executions: for the checkers in the history, for tests in waits."""

    name = "effect sink"

    def __init__(
        self, history: "Recorder", *, host: str = "127.0.0.1", public_host: str | None = None
    ) -> None:
        """Record into `history`; targets in containers need a `public_host` to reach `host`."""
        super().__init__(host=host, public_host=public_host)
        self._history = history
        self._board = Board()
        self._ledger = Ledger()
        self._gates: dict[tuple[str, Step | None, str], Gate] = {}

    def executions(self, nonce: str) -> list[Execution]:
        """Return every execution of run `nonce` so far, in token order."""
        with self._board.lock:
            return snapshot(self._ledger.of(nonce))

    def wait_for(
        self,
        nonce: str,
        op: str,
        count: int = 1,
        *,
        step: Step | None = None,
        timeout_s: float = 30.0,
    ) -> list[Execution]:
        """Block until run `nonce` has given `count` signs `op`, of `step` or of any step.

        Returns the executions that gave them; raises WitnessTimeout saying what was seen instead.
        """
        return self._board.wait(nonce, self._wait(nonce, op, count, step, timeout_s))

    async def async_wait_for(
        self,
        nonce: str,
        op: str,
        count: int = 1,
        *,
        step: Step | None = None,
        timeout_s: float = 30.0,
    ) -> list[Execution]:
        """Wait as `wait_for` does, from a coroutine of any event loop."""
        return await self._board.async_wait(nonce, self._wait(nonce, op, count, step, timeout_s))

    def hold(
        self,
        nonce: str,
        step: Step | None = None,
        *,
        at: str = "begin",
        limit_s: float = GATE_S,
        count: float = math.inf,
    ) -> None:
        """Hold the answer to each `begin` or `end` of `step` (None: any step) until `release`.

        A node held at its end has done its work and is about to hand its result to the server.
        Only the first `count` executions are held, those that come after them go on.
        After `limit_s` the node is refused instead, so a forgotten gate fails its run. Probes
        wait 120 s for an answer: a gate held for longer cannot let them go on.
        """
        with self._board.lock:
            self._gates[nonce, step, at] = Gate(limit_s, count)

    def release(self, nonce: str) -> None:
        """Open every gate of run `nonce`: held executions go on, later ones are not held."""
        with self._board.lock:
            for key in [key for key in self._gates if key[0] == nonce]:
                self.call(self._gates.pop(key).opened.set)

    def receive(self, request: Request) -> Response | Awaitable[Response]:
        """Take one message of a probe."""
        decoder = DECODERS.get(request.path)
        if decoder is None:
            return refusal(404, f"'{request.path}' is not one of {', '.join(DECODERS)}")
        if request.method != "POST":
            return refusal(405, f"{request.path} takes POST, not {request.method}")
        try:
            message = decoder.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return refusal(400, f"{request.path}: {error}")
        if isinstance(message, Begin):
            return self._begin(message)
        if isinstance(message, Once):
            return self._once(message)
        return self._sign(message)

    def _begin(self, message: Begin) -> Response | Awaitable[Response]:
        nonce, step = message.nonce, message.step
        with self._board.change(nonce):
            execution = self._ledger.open(nonce, step, pid=message.pid, host=message.host)
            executions = len(self._ledger.of(nonce, step))
            self._record("begin", execution, executions=executions)
            gate = self._gate(execution, "begin")
        answer = _answer(token=execution.token, executions=executions)
        return self._hold_answer(gate, execution, answer) if gate else answer

    def _gate(self, execution: Execution, at: str) -> Gate | None:
        nonce = execution.nonce
        gate = self._gates.get((nonce, execution.step, at)) or self._gates.get((nonce, None, at))
        if gate is None or not gate.left:
            return None
        gate.left -= 1
        return gate

    async def _hold_answer(self, gate: Gate, execution: Execution, answer: Response) -> Response:
        try:
            async with asyncio.timeout(gate.limit_s):
                await gate.opened.wait()
        except TimeoutError:
            return refusal(
                503,
                f"step {execution.step} of '{execution.nonce}' was held for {gate.limit_s:g} s and "
                "never released",
            )
        return answer

    def _once(self, message: Once) -> Response:
        with self._board.change(message.nonce):
            execution = self._ledger.open(
                message.nonce, message.key, pid=message.pid, host=message.host
            )
            execution.via, execution.end_t, execution.outcome = "once", execution.begin_t, "ok"
            execution.effects.append(message.key)
            self._record("once", execution, key=message.key, outcome="ok")
        return _answer(token=execution.token)

    def _sign(self, message: Ping | Effect | End) -> Response | Awaitable[Response]:
        execution = self._ledger.get(message.token)
        if execution is None:
            return refusal(400, f"token {message.token} was never handed out by this sink")
        if not isinstance(message, Ping) and message.nonce != execution.nonce:
            return refusal(
                400, f"token {message.token} belongs to '{execution.nonce}', not '{message.nonce}'"
            )
        if execution.end_t is not None:
            return refusal(400, f"token {message.token} has ended already")
        with self._board.change(execution.nonce):
            execution.last_t = time.monotonic_ns()
            if isinstance(message, Ping):
                execution.pings += 1
                self._record("ping", execution)
            elif isinstance(message, Effect):
                execution.effects.append(message.key)
                self._record("effect", execution, key=message.key)
            else:
                execution.end_t, execution.outcome = execution.last_t, message.outcome
                self._record("end", execution, outcome=message.outcome)
                if gate := self._gate(execution, "end"):
                    return self._hold_answer(gate, execution, OK)
        return OK

    def _record(self, op: str, execution: Execution, **more: Any) -> None:
        value = {
            "token": execution.token,
            "step": execution.step,
            "pid": execution.pid,
            "host": execution.host,
            **more,
        }
        # Stamped by the recorder: the order of its records must be the order of their times.
        self._history.add("effect", op, who="sink", key=execution.nonce, value=value)

    def _wait(
        self, nonce: str, op: str, count: int, step: Step | None, timeout_s: float
    ) -> Wait[list[Execution]]:
        def ready() -> list[Execution] | None:
            giving = [one for one in self._ledger.of(nonce, step) if one.count(op)]
            enough = sum(one.count(op) for one in giving) >= count
            return snapshot(giving) if enough else None

        what = f"{count} {op} of {'any step' if step is None else f'step {step!r}'} of '{nonce}'"
        return Wait(what, ready, lambda: tell(self._ledger.of(nonce)), timeout_s)


def _answer(**fields: int) -> Response:
    return Response(body=msgspec.json.encode(fields))
