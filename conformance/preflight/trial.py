"""One short run of a probe, which answers several questions at once.

Is a run executed at all, does its node reach the harness, and do events come while it is going on?
The node is held at its end, where it has written all of its events, until one of them has arrived
or `LIVE_S` have passed: nobody has to guess from the time between two of them. The thread of the
run is removed again.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from onceproof.conformance.history import Recorder
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.streams import EventStream, StreamError
from onceproof.conformance.witness import Sink

GRAPH = "ticks"
#: A run that has not begun by then has no worker.
EXECUTED_S = 20.0
#: So long a node is held for its events to arrive; they need milliseconds.
LIVE_S = 4.0
_EVERY_S = 0.1
OVER = ("success", "error", "timeout", "interrupted")


@dataclass
class Trial:
    """What was seen of the run.

    `refused` is the status of a server that did not take it, `status` the run's last one. `heard`
    says whether its node reached the harness at `sink`, `live` whether the stream gave anything
    before its end, None if that could not be seen; `headers` are those of the stream.
    """

    sink: str
    refused: int | None = None
    status: str = "unknown"
    heard: bool = False
    live: bool | None = None
    headers: dict[str, str] = field(default_factory=dict)
    #: How long it was waited for.
    limit_s: float = field(default_factory=lambda: EXECUTED_S)

    @property
    def is_over(self) -> bool:
        return self.status in OVER


@asynccontextmanager
async def open_sink(address: str | None) -> AsyncIterator[Sink]:
    """Run a sink of its own, whose records nobody judges; OnceproofError if it cannot listen."""
    with tempfile.TemporaryDirectory() as folder, Recorder(Path(folder) / "h.jsonl") as history:
        sink = Sink(history, host=address or "127.0.0.1")
        await asyncio.to_thread(sink.start)
        try:
            yield sink
        finally:
            await asyncio.to_thread(sink.stop)


async def try_run(api: Api, sink: Sink) -> Trial:
    """Run the probe once and return what was seen; `httpx.HTTPError` without an answer."""
    trial, nonce, path = Trial(sink.url), uuid4().hex, f"/threads/{uuid4()}"
    sink.hold(nonce, at="end")
    body: dict[str, object] = {
        "assistant_id": GRAPH,
        "input": {"nonce": nonce, "total": 2, "sink": sink.url},
        "if_not_exists": "create",
        "stream_mode": ["custom"],
    }
    arrived = asyncio.Event()
    reading = asyncio.create_task(_read(api, f"{path}/runs/stream", body, (trial, arrived)))
    try:
        await _watch(sink, nonce, (reading, arrived), trial)
        if trial.refused is None:
            limit_s = trial.limit_s / 2 if trial.heard or reading.done() else 0
            trial.status = await _follow(api, f"{path}/runs", reading, limit_s)
    finally:
        sink.release(nonce)
        reading.cancel()
        await asyncio.wait({reading})
        if trial.refused is None:
            await api.delete(path)
    if not reading.cancelled():
        reading.result()
    return trial


async def _read(
    api: Api, path: str, body: dict[str, object], into: tuple[Trial, asyncio.Event]
) -> None:
    trial, arrived = into
    async with api.stream("POST", path, json=body, timeout_s=2 * trial.limit_s) as stream:
        if stream.response.is_error:
            trial.refused = stream.response.status_code
            return
        await _take(stream, trial, arrived)


async def _take(stream: EventStream, trial: Trial, arrived: asyncio.Event) -> None:
    trial.headers = dict(stream.response.headers)
    try:
        async for _ in stream:
            arrived.set()
    except StreamError:
        return  # what it gave instead is for the suite to see


async def _watch(
    sink: Sink, nonce: str, seen: tuple[asyncio.Task[None], asyncio.Event], trial: Trial
) -> None:
    """Wait until the node has begun or cannot any more, and then for its events; let it go."""
    reading, arrived = seen
    until = asyncio.get_running_loop().time() + trial.limit_s
    while not (trial.heard or reading.done()) and asyncio.get_running_loop().time() < until:
        trial.heard = bool(sink.executions(nonce))
        await asyncio.sleep(_EVERY_S / 10)
    trial.heard = trial.heard or bool(sink.executions(nonce))
    if trial.heard and not reading.done():
        coming = asyncio.create_task(arrived.wait())
        await asyncio.wait({coming, reading}, timeout=LIVE_S, return_when=asyncio.FIRST_COMPLETED)
        coming.cancel()
        trial.live = arrived.is_set()
    sink.release(nonce)


async def _follow(api: Api, path: str, reading: asyncio.Task[None], limit_s: float) -> str:
    """The status of the run when it is over, or the last one that was seen."""
    until = asyncio.get_running_loop().time() + limit_s
    status = _read_status(await api.get(path))
    while status not in OVER and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(_EVERY_S)
        status = _read_status(await api.get(path))
    await asyncio.wait({reading}, timeout=LIVE_S if status in OVER else 0)
    return status


def _read_status(answer: httpx.Response) -> str:
    try:
        rows = answer.json() if answer.is_success else []
    except ValueError:
        return "unknown"
    row = rows[0] if isinstance(rows, list) and rows else None
    return str(row.get("status")) if isinstance(row, dict) else "unknown"
