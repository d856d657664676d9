"""The official client reconnects by itself when the replica that it streams from goes away."""

import asyncio
from typing import Any

from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.schema import StreamPart

from onceproof.conformance.access.clients import open_client
from onceproof.conformance.faults import kill_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.replicas import find_replica_beside
from onceproof.conformance.suite.kit.streams import same_sequence
from onceproof.conformance.targets import Levers
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

TOTAL = 120
INPUT: dict[str, Any] = {"total": TOTAL, "sleep_ms": 20}
BODY: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}


@requirement("RSM-12")
async def test_it_collects_every_event_across_the_restart_of_its_replica(
    runs: Runs, sink: Sink, session: Session, levers: Levers
) -> None:
    with gate(sink) as nonce:
        async with runs.stream(await runs.new_thread(), "ticks", INPUT, nonce=nonce, **BODY) as sub:
            [metadata] = await sub.collect(limit=1)
            [execution] = await sink.async_wait_for(nonce, "begin")
        replica = find_replica_beside(session, execution)
        client = _Client(replica.url or "", sub.handle, metadata.id)
        reading = asyncio.create_task(client.read())
        sink.release(nonce)
        await asyncio.wait_for(client.midway.wait(), 20)
        await asyncio.to_thread(_restart, session, replica.name)
        await asyncio.wait_for(reading, 60)
    ticks = [part.data for part in client.got if part.event == "custom"]
    same_sequence("sequence numbers", [tick["seq"] for tick in ticks], range(TOTAL))
    same("errors", [part for part in client.got if part.event == "error"], [])
    same("status of the run", await runs.until_terminal(sub.handle), "success")


class _Client:
    """The official client on one replica, and what it got; `midway` is set by a tenth of it."""

    def __init__(self, url: str, run: RunHandle, after: str | None) -> None:
        self.got: list[StreamPart] = []
        self.midway = asyncio.Event()
        self._url = url
        self._run = run
        self._after = after

    async def read(self) -> None:
        async with open_client(self._url, timeout=60) as http:
            stream = LangGraphClient(http).runs.join_stream(
                self._run.thread_id or "",
                self._run.run_id,
                stream_mode="custom",
                last_event_id=self._after,
            )
            async for part in stream:
                self.got.append(part)
                if len(self.got) == TOTAL // 10:
                    self.midway.set()


def _restart(session: Session, name: str) -> None:
    with kill_replica(session, name, []):
        pass
