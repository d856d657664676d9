"""A receiver of webhooks that keeps what it is sent and answers by script.

The script is the receiver's side of the delivery rules: refuse the first two to see retries,
answer late to see that nothing waits for it, redirect to see whether that is followed.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from onceproof.conformance.witness.board import Board, Wait
from onceproof.conformance.witness.connection import Request, Response
from onceproof.conformance.witness.server import WitnessServer

EVERY = "deliveries"
NO_BODY = (204, 304)


@dataclass(frozen=True)
class Answer:
    """How one delivery is answered: the status, after `delay_s`, with `headers`."""

    status: int = 200
    delay_s: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """One request as it arrived, whatever it was answered; `t` is monotonic ns.

    `body` is the parsed JSON, or None where `raw` is not JSON.
    """

    t: int
    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    body: Any
    answered: int


class WebhookReceiver(WitnessServer):
    """Accepts webhooks on any path and answers the n-th with the n-th `Answer` of its script."""

    name = "webhook receiver"

    def __init__(
        self, *script: Answer | int, host: str = "127.0.0.1", public_host: str | None = None
    ) -> None:
        """The last answer of `script` repeats; a number stands for a status; empty means 200."""
        super().__init__(host=host, public_host=public_host)
        answers = [Answer(one) if isinstance(one, int) else one for one in script]
        self._script = answers or [Answer()]
        self._board = Board()
        self._deliveries: list[Delivery] = []

    @property
    def deliveries(self) -> list[Delivery]:
        """What has been delivered so far, in order of arrival."""
        with self._board.lock:
            return list(self._deliveries)

    def wait(self, count: int = 1, timeout_s: float = 30.0) -> list[Delivery]:
        """Block until `count` deliveries have arrived and return all; raise WitnessTimeout."""
        return self._board.wait(EVERY, self._wait(count, timeout_s))

    async def async_wait(self, count: int = 1, timeout_s: float = 30.0) -> list[Delivery]:
        """Wait as `wait` does, from a coroutine of any event loop."""
        return await self._board.async_wait(EVERY, self._wait(count, timeout_s))

    def answer_to(self, request: Request) -> Answer:
        """Answer a request that is about to be recorded."""
        return self._script[min(len(self._deliveries), len(self._script) - 1)]

    async def receive(self, request: Request) -> Response:
        """Keep one delivery and answer it by script."""
        with self._board.change(EVERY):
            answer = self.answer_to(request)
            self._deliveries.append(_delivery(request, answer.status))
        await asyncio.sleep(answer.delay_s)
        body = b"" if answer.status in NO_BODY else b"{}"
        return Response(answer.status, body, answer.headers)

    def _wait(self, count: int, timeout_s: float) -> Wait[list[Delivery]]:
        def ready() -> list[Delivery] | None:
            return list(self._deliveries) if len(self._deliveries) >= count else None

        what = f"{count} webhook deliveries at {self.url}"
        return Wait(what, ready, lambda: f"{len(self._deliveries)}", timeout_s)


def _delivery(request: Request, answered: int) -> Delivery:
    try:
        body = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        body = None
    return Delivery(
        t=time.monotonic_ns(),
        method=request.method,
        path=request.path,
        headers=request.headers,
        raw=request.body,
        body=body,
        answered=answered,
    )
