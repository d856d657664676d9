"""The stream of a thread: the events of its runs, one after the other, on one connection.

It has no buffer of its own. Live events come through Redis on a channel of the thread, as they are
published for their run and under the same ids, which grow from run to run. What a client has
missed is read from the buffers of the thread's resumable runs.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl import encoding, sql
from onceproof.reference_impl.api.openapi import STRING, operation
from onceproof.reference_impl.api.runs import require_thread
from onceproof.reference_impl.api.sse import HEARTBEAT, event_stream, frame, stream_error
from onceproof.reference_impl.api.streams import read_last_event_id
from onceproof.reference_impl.auth.guard import authorise
from onceproof.reference_impl.core.run import TERMINAL
from onceproof.reference_impl.core.streams.broker import encode_end
from onceproof.reference_impl.core.streams.event_ids import (
    LOST,
    OVERFLOW,
    START,
    Event,
    StreamGap,
    order,
)
from onceproof.reference_impl.core.streams.subscription import Subscription
from onceproof.reference_impl.http import ApiError, path_id
from onceproof.reference_impl.services import Services

MODES = ("run_modes", "lifecycle", "state_update")
STATE_UPDATE = "state_update"


@operation(
    "Stream the runs of a thread",
    query={"stream_modes": STRING},
    errors=(404, 422),
    media_types=("text/event-stream",),
)
async def join(request: Request) -> Response:
    services: Services = request.app.state.services
    thread_id, wanted, after = (
        path_id(request, "thread_id"),
        _choose_events(request),
        read_last_event_id(request),
    )
    rule = await authorise(request, "threads", "read", {"thread_id": thread_id})
    await require_thread(services, thread_id, rule)

    async def chunks() -> AsyncIterator[bytes]:
        async with services.broker.subscribe_thread(thread_id) as heard:
            yield b""
            try:
                async for event in _events(services, thread_id, heard, after):
                    if event is None:
                        yield HEARTBEAT
                    elif wanted(event.name):
                        whole = await services.broker.whole(event)
                        yield frame(whole.name, whole.data, whole.id)
            except StreamGap as gap:
                yield stream_error("StreamGap", str(gap))

    stream = chunks()
    # The first step begins to listen: a client that has its answer misses nothing from then on.
    await anext(stream)
    return event_stream(stream, {"Location": request.url.path})


async def _events(
    services: Services, thread_id: UUID, heard: Subscription, after: str | None
) -> AsyncIterator[Event | None]:
    """Yield what the thread's runs emit until it is gone; None for each keep-alive of silence."""
    last, under_way = after or START, None
    if after is not None:
        for event in await _past(services, thread_id, after):
            last, under_way = event.id, _track_run(event, under_way)
            yield event
    seen = order(last)
    while True:
        batch = await heard.next(services.settings.keepalive_s)
        if LOST in batch or OVERFLOW in batch:
            raise StreamGap(last)
        for event in batch:
            # What was replayed may come once more.
            if order(event.id) > seen:
                last, under_way = event.id, _track_run(event, under_way)
                yield event
        if batch:
            continue
        yield None
        standing = await services.pool.fetchrow(
            sql.streams.THREAD_STANDING, thread_id, under_way, list(TERMINAL)
        )
        if standing is None:
            return
        if under_way is not None and not standing["under_way"]:
            # The notice of its end was lost.
            ms, number = order(last)
            yield Event(f"{ms}-{number + 1}", "metadata", encode_end(under_way))
            under_way = None


def _track_run(event: Event, under_way: UUID | None) -> UUID | None:
    """Return the run that is under way after the event, if any."""
    if event.name != "metadata":
        return under_way
    notice = orjson.loads(event.data)
    return None if notice.get("status") == "run_done" else UUID(notice["run_id"])


async def _past(services: Services, thread_id: UUID, after: str) -> list[Event]:
    """Return what the thread's runs have emitted since `after`; StreamGap if some of it is lost."""
    ttl_s, ms = services.settings.resumable_ttl_s, order(after)[0]
    events: list[Event] = []
    runs = await services.pool.fetch(
        sql.streams.BUFFERED_RUNS, thread_id, ttl_s, list(TERMINAL), ms
    )
    for run in runs:
        if not run["past"]:
            events += await _of(
                services, run["run_id"], run["over"], after if run["mine"] else START
            )
    return events


async def _of(services: Services, run_id: UUID, over: bool, after: str) -> list[Event]:
    """The events of one run since `after`, and its end."""
    if not over:
        return await services.broker.replay(run_id, after)
    end = await services.broker.read_end(run_id)
    if not end.id:
        raise StreamGap(after)
    if order(end.id) <= order(after):
        return []
    done = Event(end.id, "metadata", encode_end(run_id))
    return [*await services.broker.replay(run_id, after), done]


def _choose_events(request: Request) -> Callable[[str], bool]:
    """Return a predicate for the modes in `stream_modes`; one client calls it `stream_mode`."""
    asked = request.query_params.getlist("stream_modes") + request.query_params.getlist(
        "stream_mode"
    )
    modes = [mode for text in asked for mode in text.split(",") if mode] or ["run_modes"]
    for mode in modes:
        if mode not in MODES:
            raise ApiError(422, f"stream_modes must be of {', '.join(MODES)}, not {mode[:80]!r}")

    def matches(name: str) -> bool:
        if name == STATE_UPDATE:
            return STATE_UPDATE in modes
        return "run_modes" in modes or (name == "metadata" and "lifecycle" in modes)

    return matches


async def publish_state(
    services: Services, thread_id: UUID, read: Callable[[], Awaitable[Mapping[str, Any]]]
) -> None:
    """Publish the thread's new state on its stream, unless nobody reads it."""
    if not await services.broker.is_read(thread_id):
        return
    ms = await services.pool.fetchval(sql.streams.NOW_MS)
    update = {"state": await read(), "thread_id": thread_id}
    event = Event(f"{ms}-0", STATE_UPDATE, encoding.dumps(update).decode())
    await services.broker.publish_to_thread(thread_id, event)


routes = [Route("/threads/{thread_id}/stream", join, methods=["GET"])]
