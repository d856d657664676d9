"""Event streams over HTTP: create a run and follow it, or join one, from any id on."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl import sql
from onceproof.reference_impl.api import following
from onceproof.reference_impl.api.accepting import KEYED, accept
from onceproof.reference_impl.api.openapi import BOOLEAN, list_of, one_of, operation
from onceproof.reference_impl.api.requests import read_creation
from onceproof.reference_impl.api.runs import find_run, locate, locate_row
from onceproof.reference_impl.api.sse import LongAnswer, event_stream
from onceproof.reference_impl.core.idempotency import Repeated
from onceproof.reference_impl.core.run import RunSpec
from onceproof.reference_impl.core.streams.event_ids import START, Position
from onceproof.reference_impl.http import ApiError, query_bool
from onceproof.reference_impl.resources.run_bodies import Mode, ThreadRunIn
from onceproof.reference_impl.services import Services

#: What clients of different servers send to mean "from the start".
FROM_START = ("-1", "0", "-", START)

_stream = {"media_types": ("text/event-stream",)}


@operation(
    "Create a run and stream it",
    body=ThreadRunIn,
    headers=KEYED,
    errors=(400, 404, 409, 422),
    **_stream,
)
async def create_and_stream(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = await read_creation(request)
    run_id, where = wanted.run.run_id, locate(wanted.run)

    async def chunks() -> AsyncIterator[bytes]:
        async with services.broker.subscribe(wanted.run.run_id) as heard:
            await accept(request, [wanted.run], wanted.body)
            yield b""
            place, resumable = Position(START), wanted.run.spec.stream_resumable
            async for lines in following.follow(
                services, wanted.run.run_id, heard, place, resumable=resumable
            ):
                yield lines

    stream = chunks()
    try:
        # The first step accepts the run, so a refusal can still be answered as one.
        await anext(stream)
    except Repeated as earlier:
        [row] = earlier.runs
        run_id, where = row["run_id"], locate_row(row)
        stream = await _join(services, row, START)
    return _answer(services, run_id, stream, where, cancel=wanted.cancel_on_disconnect)


@operation(
    "Stream a run that exists",
    query={"stream_mode": list_of(one_of(Mode)), "cancel_on_disconnect": BOOLEAN},
    errors=(404, 422),
    **_stream,
)
async def join(request: Request) -> Response:
    services: Services = request.app.state.services
    after = read_last_event_id(request)
    wanted = following.select_modes(_modes(request))
    leave = query_bool(request, "cancel_on_disconnect")
    action = "update" if leave else "read"
    # A stateless run that has ended keeps its stream for a while.
    on_thread = "thread_id" in request.path_params
    query = sql.runs.FIND if on_thread else sql.runs.FIND_WITH_STREAM
    run = await find_run(request, action, query)
    stream = await _join(services, run, after, wanted)
    where = f"/threads/{run['thread_id']}/runs/{run['run_id']}"
    return _answer(services, run["run_id"], stream, where, cancel=leave)


async def _join(
    services: Services,
    run: Mapping[str, Any],
    after: str | None,
    wanted: following.Wanted = lambda name: True,
) -> AsyncIterator[bytes]:
    """Return the events of a run that exists: beyond `after` if it keeps them, else new ones."""
    run_id, resumable = run["run_id"], RunSpec.load(run["kwargs"]).stream_resumable

    async def chunks() -> AsyncIterator[bytes]:
        async with services.broker.subscribe(run_id) as heard:
            from_buffer = resumable and after is not None
            # Asked before the answer begins: a run that ends a moment later has been heard.
            over = not from_buffer and await following.is_over(services, run_id)
            yield b""
            if from_buffer and after is not None:
                frames = following.resume(services, run_id, heard, after, wanted)
            elif over:
                return
            else:
                place = Position(None)
                frames = following.follow(
                    services, run_id, heard, place, resumable=resumable, wanted=wanted
                )
            async for lines in frames:
                yield lines

    stream = chunks()
    # The first step begins to listen: a client that has its answer misses nothing from then on.
    await anext(stream)
    return stream


def _answer(
    services: Services, run_id: UUID, chunks: AsyncIterator[bytes], where: str, *, cancel: bool
) -> LongAnswer:
    return event_stream(
        chunks,
        {"Content-Location": where, "Location": f"{where}/stream"},
        gone=(lambda: services.queue.cancel(run_id, "interrupt")) if cancel else None,
    )


def read_last_event_id(request: Request) -> str | None:
    """Return the id to resume after; None for new events only."""
    text = request.headers.get("last-event-id")
    if text is None or text == "":
        return None
    if text in FROM_START:
        return START
    if not re.fullmatch(r"\d{1,20}-\d{1,20}", text):
        raise ApiError(422, f"Last-Event-ID must be an id this server sent, not {text[:80]!r}")
    return text


def _modes(request: Request) -> list[str] | None:
    """Return the query's `stream_mode`: one, several, or a JSON list of them."""
    # The official client sends an empty one when it is not asked for any.
    given = [mode for mode in request.query_params.getlist("stream_mode") if mode]
    if len(given) == 1 and given[0].startswith("["):
        try:
            given = orjson.loads(given[0])
        except orjson.JSONDecodeError:
            raise ApiError(422, f"stream_mode is not a JSON list: {given[0]!r}") from None
    known = Mode.__args__  # type: ignore[attr-defined]
    for mode in given:
        if mode not in known:
            raise ApiError(422, f"stream_mode must be one of {', '.join(known)}, not {mode!r}")
    return given or None


_THREAD = "/threads/{thread_id}/runs"
routes = [
    Route("/runs/stream", create_and_stream, methods=["POST"]),
    Route("/runs/{run_id}/stream", join, methods=["GET"]),
    Route(_THREAD + "/stream", create_and_stream, methods=["POST"]),
    Route(_THREAD + "/{run_id}/stream", join, methods=["GET"]),
]
