"""Whether a run is executed at all, and whether the server reaches the harness meanwhile.

An API without a living worker accepts everything. The run is one of a probe graph, on a thread of
its own that is deleted afterwards; without that probe nothing is run.
"""

import asyncio
import tempfile
from pathlib import Path
from uuid import uuid4

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.history import Recorder
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import Visit
from onceproof.conformance.witness import Sink

PLACE = 70
GRAPH = "chain"
EXECUTED_S = 20.0
EVERY_S = 0.1
_OVER = ("success", "error", "timeout", "interrupted")


async def ask(visit: Visit) -> Finding:
    """Answer with what became of one short run, and whether its node was heard of here."""
    if GRAPH not in visit.graphs:
        said = f"not tried: the probe {GRAPH!r} is not hosted"
        return Finding(Outcome.WARNING, said, "host the probes to see whether runs are executed")
    with tempfile.TemporaryDirectory() as folder, Recorder(Path(folder) / "h.jsonl") as history:
        sink = Sink(history, host=visit.options.witness_address or "127.0.0.1")
        try:
            sink.start()
        except OnceproofError as error:
            return Finding(Outcome.REFUSES, str(error), "name another by --witness-address")
        try:
            return await _run(visit, sink)
        finally:
            sink.stop()


async def _run(visit: Visit, sink: Sink) -> Finding:
    nonce, path = uuid4().hex, f"/threads/{uuid4()}"
    knobs = {"nonce": nonce, "steps": 1, "sink": sink.url}
    body = {"assistant_id": GRAPH, "input": knobs, "if_not_exists": "create"}
    answer = await visit.api.post(f"{path}/runs", json=body)
    if answer.is_error:
        said = f"a run is refused with {answer.status_code}"
        return Finding(Outcome.WARNING, said, "its requirements will fail")
    try:
        status = await _follow(visit, f"{path}/runs/{answer.json()['run_id']}")
    finally:
        await visit.api.delete(path)
    return _judge(status, bool(sink.executions(nonce)), sink.url)


async def _follow(visit: Visit, path: str) -> str:
    """The status of the run when it is over, or the last one that was seen."""
    until = asyncio.get_running_loop().time() + EXECUTED_S
    status = "unknown"
    while asyncio.get_running_loop().time() < until:
        answer = await visit.api.get(path)
        status = str(answer.json().get("status")) if answer.is_success else status
        if status in _OVER:
            break
        await asyncio.sleep(EVERY_S)
    return status


def _judge(status: str, was_heard: bool, sink: str) -> Finding:
    if status not in _OVER:
        return Finding(
            Outcome.UNREACHABLE,
            f"a run is accepted, but {status} after {EXECUTED_S:g} s",
            "see whether a worker is alive",
        )
    if not was_heard:
        return Finding(
            Outcome.WARNING,
            f"a run ended with {status}, but its node did not reach the harness at {sink}",
            "name an address that the server reaches by --witness-address",
        )
    if status != "success":
        said = f"a run of the probe {GRAPH!r} ended with {status}"
        return Finding(Outcome.WARNING, said, "read the server's log")
    return Finding(Outcome.OK, "a run is executed, and its node reaches the harness")
