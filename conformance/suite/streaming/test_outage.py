"""Postgres is away for a moment while a run is streamed."""

import anyio

from onceproof.conformance.faults.networks import refuse
from onceproof.conformance.faults.wiring import POSTGRES
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.proxied_deployment import start_proxied_deployment
from onceproof.conformance.suite.kit.recovery import recovery_s
from onceproof.conformance.suite.kit.streams import payloads
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.wire.streams import StreamBroken
from onceproof.conformance.wire.subscriptions import Subscription
from onceproof.conformance.witness import Sink

WORKERS = 2
STEPS, STOP = 8, 2
SLEEP_MS = 250
#: How long Postgres is away: several steps of the run, and no lease.
OUTAGE_S = 2.0
MORE_S = 40.0


@requirement("STR-34")
async def test_a_run_that_succeeds_shows_no_error_on_its_stream(
    session: Session, sink: Sink
) -> None:
    limit_s = recovery_s(session) + MORE_S
    async with start_proxied_deployment(session, WORKERS) as (deployment, wiring):
        runs, input = deployment.runs, {"steps": STEPS, "sleep_ms": SLEEP_MS}
        thread_id = await runs.new_thread()
        with gate(sink, STOP) as nonce:
            async with runs.stream(
                thread_id, "chain", input, nonce=nonce, stream_mode="values"
            ) as sub:
                await sink.async_wait_for(nonce, "begin", step=STOP)
                with refuse(session, wiring, POSTGRES):
                    sink.release(nonce)
                    await anyio.sleep(OUTAGE_S)
                events = await collect_rest(sub, limit_s)
        status = await runs.until_terminal(sub.handle, limit_s)
        await runs.final_snapshot([sub.handle])
    if status != "success":
        inconclusive(f"the run ended as {status!r}; QUE-19 judges whether it may")
    same("errors on the stream of a run that succeeded", payloads(events, "error"), [])


async def collect_rest(sub: Subscription, limit_s: float) -> list[SseEvent]:
    """Return what still comes, also if the stream is cut then."""
    try:
        return await sub.collect(timeout_s=limit_s)
    except StreamBroken as broken:
        return broken.events
