"""Following a run from any replica: its events, or its end.

The end comes as a notice through Redis. A notice can be lost, so every silence of a keep-alive's
length also asks Postgres, which knows.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

from onceproof.reference_impl import encoding, sql
from onceproof.reference_impl.api.sse import HEARTBEAT, frame, stream_error
from onceproof.reference_impl.core.run import TERMINAL, answer
from onceproof.reference_impl.core.streams.event_ids import (
    ANSWER,
    LOST,
    OVERFLOW,
    Event,
    Position,
    StreamGap,
    is_end,
)
from onceproof.reference_impl.core.streams.subscription import Subscription
from onceproof.reference_impl.services import Services

#: Events that every reader gets, whatever modes it asked for.
ALWAYS = frozenset({"metadata", "error", "feedback", "end"})

Wanted = Callable[[str], bool]


async def is_over(services: Services, run_id: UUID) -> bool:
    """Return whether the run has ended or is gone."""
    status = await services.pool.fetchval(sql.runs.STATUS, run_id)
    return status is None or status in TERMINAL


async def read_result(services: Services, run_id: UUID) -> Any:
    """Return what wait and join answer for a run that has ended."""
    row = await services.pool.fetchrow(sql.runs.RESULT, run_id)
    if row is None:
        return {"__error__": {"error": "RunGone", "message": f"run {run_id} was rolled back"}}
    return answer(row["output"], row["interrupts"])


async def wait_for_end(
    services: Services, run_id: UUID, heard: Subscription
) -> AsyncIterator[bytes]:
    """Yield a newline per keep-alive until the run ends, then its answer."""
    while not (heard_now := await heard.next(services.settings.keepalive_s)) or LOST in heard_now:
        yield b"\n"
        if await is_over(services, run_id):
            break
    else:
        if heard_now[-1].name == ANSWER:
            yield heard_now[-1].data.encode()
            return
    yield encoding.dumps(await read_result(services, run_id))


async def answer_at_end(
    services: Services, run_id: UUID, *, begin: Callable[[], Any] | None = None
) -> AsyncIterator[bytes]:
    """Yield the body of wait and join: newlines while the run goes on, then one JSON value.

    `begin` is called once listening, so that the end of what it starts cannot be missed; it is
    the first step, which yields nothing yet.
    """
    async with services.broker.subscribe(run_id, only_end=True) as heard:
        if begin is not None:
            await begin()
            yield b""
        elif await is_over(services, run_id):
            yield encoding.dumps(await read_result(services, run_id))
            return
        async for chunk in wait_for_end(services, run_id, heard):
            yield chunk


def select_modes(modes: list[str] | None) -> Wanted:
    """Return a predicate for the names of events of these modes; without modes, of every event.

    The name of a subgraph's event carries its path after a bar.
    """
    if not modes:
        return lambda name: True
    bases = {"messages" if mode == "messages-tuple" else mode for mode in modes} | ALWAYS
    if "messages" in modes:
        bases |= {"messages/metadata", "messages/partial", "messages/complete"}
    if "messages-tuple" not in modes:
        bases.discard("messages")
    return lambda name: name.partition("|")[0] in bases


async def resume(
    services: Services,
    run_id: UUID,
    heard: Subscription,
    after: str,
    wanted: Wanted,
) -> AsyncIterator[bytes]:
    """Yield a resumable run's events as frames: those buffered after `after`, then live ones.

    The subscription is older than the read of the buffer, so an event may arrive by both routes;
    its id gives it away. A run that ended longer ago than buffers are kept yields nothing.
    """
    place = Position(after)
    ttl_s = services.settings.resumable_ttl_s
    run = await services.pool.fetchrow(sql.streams.BUFFER, run_id, ttl_s, list(TERMINAL))
    if run is None or run["expired"]:
        return
    try:
        past = await services.broker.replay(run_id, after)
        if run["over"]:
            end = await services.broker.read_end(run_id)
            if run["attempt"] and not end.id:
                raise StreamGap(after)
            past.append(end)
        lines = await _frames(services, place.take(past), wanted, numbered=True)
    except StreamGap as gap:
        yield stream_error("StreamGap", str(gap))
        return
    if lines:
        yield lines
    if not run["over"]:
        async for lines in follow(services, run_id, heard, place, resumable=True, wanted=wanted):
            yield lines


async def follow(
    services: Services,
    run_id: UUID,
    heard: Subscription,
    place: Position,
    *,
    resumable: bool,
    wanted: Wanted = lambda name: True,
) -> AsyncIterator[bytes]:
    """Yield the run's events beyond `place` as frames, as they come, until the end.

    What was missed while Redis was away is taken from the buffer; a run without one ends the stream
    with a StreamGap error.
    """
    over = False
    while not over:
        batch = await heard.next(services.settings.keepalive_s)
        if not batch:
            yield HEARTBEAT
            if not await is_over(services, run_id):
                continue
            batch = [await services.broker.read_end(run_id)]
        over = is_end(batch[-1]) or batch[-1] == OVERFLOW
        try:
            fresh = await _whole(services, run_id, batch, place, resumable=resumable)
            lines = await _frames(services, fresh, wanted, numbered=resumable)
        except StreamGap as gap:
            yield stream_error("StreamGap", str(gap))
            return
        if lines:
            yield lines
    if batch[-1] == OVERFLOW:
        yield stream_error("StreamOverflow", "this reader fell too far behind")


async def _whole(
    services: Services, run_id: UUID, batch: list[Event], place: Position, *, resumable: bool
) -> list[Event]:
    """Return the events of the batch that the reader has not had, preceded by any it missed."""
    try:
        return place.take(batch)
    except StreamGap:
        if not resumable:
            raise
    missed = await services.broker.replay(run_id, place.id)
    return place.take([*missed, *batch])


async def _frames(
    services: Services, events: list[Event], wanted: Wanted, *, numbered: bool
) -> bytes:
    # A call for each event would be felt: only large ones are elsewhere.
    whole = [
        event if event.elsewhere is None else await services.broker.whole(event)
        for event in events
        if wanted(event.name)
    ]
    return b"".join(frame(event.name, event.data, event.id if numbered else "") for event in whole)
