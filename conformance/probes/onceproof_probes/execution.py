"""One execution of a node, reported to the effect sink while it happens.

Without a sink everything here still works, with token 0 and nothing reported. With a sink that
cannot be reached the node fails: an execution that nobody witnessed would pass unseen.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from onceproof_probes.line import Json, SinkError, post

PING_S = 0.2
FAREWELL_S = 2.0


class Execution:
    """One execution as the sink knows it: `token` is 0 without a sink.

    `executions` counts how often this step of this run has begun, this time included.
    """

    def __init__(self, nonce: str, sink: str | None) -> None:
        self.nonce = nonce
        self.token = 0
        self.executions = 0
        self._sink = sink
        self._ping_due = 0.0

    async def begin(self, step: int | str) -> None:
        """Take a token for this execution of `step`."""
        answer = await self._say("begin", nonce=self.nonce, step=step, **_process())
        self.token, self.executions = answer.get("token", 0), answer.get("executions", 0)

    async def pause(self, ms: float) -> None:
        """Sleep, with a sign of life every 200 ms."""
        loop = asyncio.get_running_loop()
        until = loop.time() + ms / 1000
        while (left := until - loop.time()) > 0:
            ping_in = max(self._ping_due - loop.time(), 0)
            await asyncio.sleep(min(left, ping_in) if self._sink else left)
            if loop.time() >= self._ping_due:
                await self._say("ping", token=self.token)

    async def effect(self, key: str) -> None:
        """Perform the side effect `key`, which must happen once."""
        await self._say("effect", token=self.token, nonce=self.nonce, key=key)

    async def end(self, outcome: str = "ok") -> None:
        """Say that this execution is over: 'ok', or the name of what left the node."""
        await self._say("end", token=self.token, nonce=self.nonce, outcome=outcome)

    async def _say(self, verb: str, **message: Any) -> Json:
        if not self._sink:
            return {}
        answer = await post(f"{self._sink}/{verb}", message)
        self._ping_due = asyncio.get_running_loop().time() + PING_S
        return answer


@asynccontextmanager
async def report_execution(state: Mapping[str, Any], step: int | str) -> AsyncIterator[Execution]:
    """Report the block as one execution of `step`, to the sink that `state` names, if any."""
    execution = Execution(state["nonce"], state.get("sink"))
    await execution.begin(step)
    try:
        yield execution
    except BaseException as error:
        # Only a courtesy: a cancelled node must be gone soon, and its error must get through.
        with suppress(SinkError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await execution.end(type(error).__name__)
        raise
    await execution.end()


async def once(state: Mapping[str, Any], key: str) -> int:
    """Report a whole execution with effect `key` in one message; return its token, or 0."""
    if not state.get("sink"):
        return 0
    message = {"nonce": state["nonce"], "key": key, **_process()}
    return (await post(f"{state['sink']}/once", message))["token"]


def _process() -> dict[str, int | str]:
    return {"pid": os.getpid(), "host": socket.gethostname()}
