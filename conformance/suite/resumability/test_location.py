"""`Location` names the stream: a client that is cut asks there for the rest."""

from typing import Any
from urllib.parse import urlsplit

import httpx

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.streams import demand_ticks
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

BODY: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}
INPUT: dict[str, Any] = {"total": 40, "sleep_ms": 5}


@requirement("RSM-11")
async def test_the_location_of_a_stream_answers_the_reconnect(runs: Runs, api: Api) -> None:
    async with runs.stream(await runs.new_thread(), "ticks", INPUT, **BODY) as sub:
        where = _same_origin(sub.stream.response)
        events = await sub.collect(limit=10)
    async with api.stream("GET", where, last_event_id=events[-1].id) as again:
        # What a reconnect is answered with must lead on, should it be cut as well.
        same("Location of the reconnect", _same_origin(again.response), where)
        events += await again.collect()
    demand_ticks(events, sub.handle.nonce, INPUT["total"])


@requirement("RSM-11")
async def test_the_location_of_a_stateless_stream_answers_it_too_if_there_is_one(
    runs: Runs, api: Api, observe: Observed
) -> None:
    async with runs.stream(None, "ticks", INPUT, **BODY) as sub:
        if "location" not in sub.stream.response.headers:
            observe("no `Location` for stateless runs")
            return
        path = _same_origin(sub.stream.response)
        events = await sub.collect(limit=10)
        async with api.stream("GET", path, last_event_id=events[-1].id) as again:
            status = again.response.status_code
            assert status == 200, f"the stream's own Location, {path}, is dead: it answers {status}"
            events += await again.collect()
    demand_ticks(events, sub.handle.nonce, INPUT["total"])


def _same_origin(response: httpx.Response) -> str:
    """The path that Location names; the official client refuses one of another origin."""
    __tracebackhide__ = True
    where = urlsplit(response.headers.get("location", ""))
    same("whether Location names a path", where.path.startswith("/"), True)
    if where.netloc:
        origin = (response.request.url.scheme, response.request.url.netloc.decode())
        same("origin of Location", (where.scheme, where.netloc), origin)
    return f"{where.path}?{where.query}" if where.query else where.path
