"""Following a run from any replica: its events, or its end.

The end comes as a notice through Redis. A notice can be lost, so every silence of a keep-alive's
length also asks Postgres, which knows.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

from reference_impl import encoding
from reference_impl.api.sse import HEARTBEAT, frame
from reference_impl.broker import END, OVERFLOW, Event, StreamGap, Subscription
from reference_impl.queue import TERMINAL
from reference_impl.services import Services

#: Events that every reader gets, whatever modes it asked for.
ALWAYS = frozenset({"metadata", "error", "feedback", "end"})

Wanted = Callable[[str], bool]


async def ended(services: Services, run_id: UUID) -> bool:
    """Whether the run has ended or is gone."""
    status = await services.pool.fetchval("select status from run where run_id = $1", run_id)
    return status is None or status in TERMINAL


async def result(services: Services, run_id: UUID) -> Any:
    """What wait and join answer for a run that has ended."""
    row = await services.pool.fetchrow(
        "select r.output, t.interrupts from run r join thread t using (thread_id) "
        "where r.run_id = $1",
        run_id,
    )
    if row is None:
        return {"__error__": {"error": "RunGone", "message": f"run {run_id} was rolled back"}}
    if row["output"] is not None:
        return row["output"]
    pending = [item for items in row["interrupts"].values() for item in items]
    return {"__interrupt__": pending} if pending else {}


async def wait_for_end(
    services: Services, run_id: UUID, heard: Subscription
) -> AsyncIterator[bytes]:
    """A newline per keep-alive until the run ends."""
    while not await heard.next(services.settings.keepalive_s):
        yield b"\n"
        if await ended(services, run_id):
            return


async def answer_at_end(
    services: Services, run_id: UUID, *, begin: Callable[[], Any] | None = None
) -> AsyncIterator[bytes]:
    """The body of wait and join: newlines while the run goes on, then one JSON value.

    `begin` is called once listening, so that the end of what it starts cannot be missed; it is
    the first step, which yields nothing yet.
    """
    async with services.broker.subscribe(run_id, only_end=True) as heard:
        if begin is not None:
            await begin()
            yield b""
        elif await ended(services, run_id):
            yield encoding.dumps(await result(services, run_id))
            return
        async for newline in wait_for_end(services, run_id, heard):
            yield newline
    yield encoding.dumps(await result(services, run_id))


def wanted_modes(modes: list[str] | None) -> Wanted:
    """Whether an event is of the modes asked for; a subgraph's event has its path behind a bar."""
    if not modes:
        return lambda name: True
    bases = {"messages" if mode == "messages-tuple" else mode for mode in modes} | ALWAYS
    if "messages" in modes:
        bases |= {"messages/metadata", "messages/partial", "messages/complete"}
    if "messages-tuple" not in modes:
        bases.discard("messages")
    return lambda name: name.partition("|")[0] in bases


async def events(
    services: Services,
    run_id: UUID,
    heard: Subscription,
    *,
    after: str | None = None,
    wanted: Wanted = lambda name: True,
) -> AsyncIterator[bytes]:
    """The run's events as frames: those buffered after `after`, then live ones, until the end.

    Listening began before the buffer is read, so an event may come both ways; ids tell.
    """
    over = await ended(services, run_id) if after is not None else False
    # A replica that others listen on already may still be behind the client's last event.
    last = _order(after or "0-0")
    if after is not None:
        try:
            past = await services.broker.replay(run_id, after)
        except StreamGap as gap:
            yield frame("error", _error("StreamGap", str(gap)))
            return
        if past:
            last = _order(past[-1].id)
            yield b"".join(_frame(event) for event in past if wanted(event.name))
    while not over:
        batch = await heard.next(services.settings.keepalive_s)
        if not batch:
            yield HEARTBEAT
            over = await ended(services, run_id)
            continue
        over = batch[-1] is END or batch[-1] is OVERFLOW
        fresh = [e for e in batch if e.name and (not e.id or _order(e.id) > last)]
        if lines := b"".join(_frame(event) for event in fresh if wanted(event.name)):
            yield lines
        if OVERFLOW in batch:
            yield frame("error", _error("StreamOverflow", "this reader fell too far behind"))
            return


def _frame(event: Event) -> bytes:
    return frame(event.name, event.data, event.id)


def _error(kind: str, message: str) -> str:
    return encoding.dumps({"error": kind, "message": message}).decode()


def _order(event_id: str) -> tuple[int, int]:
    ms, _, number = event_id.partition("-")
    return int(ms), int(number)
