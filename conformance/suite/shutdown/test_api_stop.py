"""An API replica that gets SIGTERM lets open requests end and turns new clients away."""

import asyncio
from collections.abc import Callable

import anyio
import httpx

from onceproof.conformance.faults import stop_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.small_deployment import GRACE_S, MARGIN_S, Small
from onceproof.conformance.suite.kit.waiting import meanwhile
from onceproof.conformance.suite.shutdown.stopped import SIGNAL_S
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.operations import OutcomeUnknown
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

DROPPED = "accepted and dropped without an answer"


@requirement("SHD-05")
async def test_a_stopping_server_ends_open_requests_and_accepts_no_new_ones(
    small: Small, small_runs: Runs, sink: Sink, session: Session, observe: Callable[[str], None]
) -> None:
    thread_id, nonce = await small_runs.new_thread(), new_nonce()
    sink.hold(nonce)
    async with meanwhile(_wait(small_runs, thread_id, nonce)) as waiting:
        await sink.async_wait_for(nonce, "begin")
        api = small.names[0]
        with stop_replica(session, small.levers, api, [nonce], wait_s=GRACE_S + MARGIN_S) as ending:
            await anyio.sleep(SIGNAL_S)
            newcomer = await _newcomer(small.api.urls[0])
            if newcomer == DROPPED and not session.target.offers("own-port"):
                newcomer = (
                    "refused"  # behind the port that an engine publishes, which accepts always
                )
            sink.release(nonce)
            answer = await waiting
            await asyncio.wrap_future(ending)
    observe(f"a new connection to a stopping server: {newcomer}")
    same("a new connection", newcomer in ("refused", "503"), True)
    observe(f"a wait on a stopping server: {answer}")
    same("the open wait", answer in ("completed", "502", "503", "504"), True)


async def _wait(runs: Runs, thread_id: str, nonce: str) -> str:
    """How an open wait ends: "completed", or the status that it was answered with."""
    try:
        _, values = await runs.wait(thread_id, "chain", {"steps": 1}, nonce=nonce)
    except OutcomeUnknown as error:
        return str(error.status or error)
    same("steps in the result", len(values["log"]), 1)
    return "completed"


async def _newcomer(url: str) -> str:
    async with Api([url]) as api:
        try:
            return str((await api.get("/ok")).status_code)
        except httpx.ConnectError:
            return "refused"
        except (httpx.ReadError, httpx.RemoteProtocolError):
            return DROPPED
