"""Faults that clients and graphs bring about: readers that do not read, and nodes that block.

Nothing of a server breaks in them, so each concerns its own run alone: a stalled reader and a
blocked loop must cost nobody else anything.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

from onceproof.conformance.faults.context import FaultContext
from onceproof.conformance.faults.record import fault
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.operations import OperationError
from onceproof.conformance.wire.streams import StreamError
from onceproof.conformance.witness import WitnessTimeout

#: More than the sockets between server and reader hold, so that the server is felt to wait.
BIG = {"total": 400, "size": 20_000}
SLOW_S = 0.05
BEGIN_S = 30.0
GIVEN_UP = (OperationError, StreamError, httpx.HTTPError, TimeoutError)


@contextmanager
def stall_reader(context: FaultContext, *, slow: bool = False) -> Iterator[None]:
    """Stop reading a big stream during the block, or read it only now and then."""
    nonce = new_nonce()
    name = "reader-slow" if slow else "reader-stalled"
    released = asyncio.Event()
    reading = asyncio.run_coroutine_threadsafe(_read(context, nonce, released, slow), context.loop)
    with fault(
        context.session.history,
        name,
        inject=lambda: None,
        heal=lambda: context.loop.call_soon_threadsafe(released.set),
        recovery_ms=context.session.recovery_ms,
        nonces=[nonce],
    ):
        yield
    reading.result(BEGIN_S * 3)


async def _read(context: FaultContext, nonce: str, released: asyncio.Event, slow: bool) -> None:
    body: Json = {
        "stream_mode": "custom",
        "stream_resumable": True,
        "on_disconnect": "continue",
    }
    with suppress(*GIVEN_UP):  # another fault may end it, which the history tells
        thread_id = await context.runs.new_thread()
        async with context.runs.stream(thread_id, "ticks", BIG, nonce=nonce, **body) as sub:
            while slow and not released.is_set() and await sub.stream.next(BEGIN_S):
                await asyncio.sleep(SLOW_S)
            await released.wait()
            await sub.collect(timeout_s=BEGIN_S)


@contextmanager
def block_loop(context: FaultContext, seconds: float) -> Iterator[None]:
    """Block one worker's event loop for `seconds`, by a node that does not yield."""
    nonce, session = new_nonce(), context.session

    def sign(op: str, limit_s: float) -> None:
        # Another fault may have kept the run from being created, or the node from going on.
        with suppress(WitnessTimeout):
            session.sink.wait_for(nonce, op, timeout_s=limit_s)

    def block() -> None:
        with suppress(*GIVEN_UP):
            context.call(_block(context, nonce, seconds), BEGIN_S)
            sign("begin", BEGIN_S)

    with fault(
        session.history,
        "loop-blocked",
        inject=block,
        heal=lambda: sign("end", seconds + session.recovery_ms / 1000),
        recovery_ms=session.recovery_ms,
    ):
        yield


async def _block(context: FaultContext, nonce: str, seconds: float) -> None:
    thread_id = await context.runs.new_thread()
    await context.runs.create(thread_id, "block", {"seconds": seconds}, nonce=nonce)
