"""Scenes that several queue tests begin with."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

from onceproof.conformance.checks import CHECKS
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import Levers
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Execution, Sink


async def stopped_inside(
    runs: Runs,
    sink: Sink,
    *,
    steps: int,
    step: int,
    gate: str = "begin",
    count: float = math.inf,
    **body: Any,
) -> tuple[RunHandle, Execution]:
    """A `chain` run whose worker stands inside `step`, and will until `sink.release`.

    `gate="end"` lets it do the step's work first, so that it is about to write the result; with
    `count=1` an attempt that takes the run over does not stop there.
    """
    thread_id = await runs.new_thread()
    nonce = new_nonce()
    sink.hold(nonce, step, at=gate, count=count)
    handle = await runs.create(thread_id, "chain", {"steps": steps}, nonce=nonce, **body)
    [execution] = await sink.async_wait_for(nonce, gate, step=step, timeout_s=30)
    return handle, execution


def worker_of(levers: Levers, execution: Execution) -> str:
    """The replica that runs the execution."""
    name = levers.owner(execution.pid, execution.host)
    if name is None:
        inconclusive(f"process {execution.pid} on {execution.host} is none that we started")
    return name


async def committed_tokens(runs: Runs, handle: RunHandle) -> list[tuple[int, int]]:
    """(step, token) of the run's entries in its thread's state, in the order of the state."""
    state = (await runs.api.get(f"/threads/{handle.thread_id}/state")).json()
    log = state["values"].get("log") or []
    return [(entry["i"], entry["token"]) for entry in log if entry["nonce"] == handle.nonce]


async def all_end(runs: Runs, handles: Sequence[RunHandle], timeout_s: float) -> list[str | None]:
    """Their terminal statuses, read sixteen at a time."""
    gate = asyncio.Semaphore(16)

    async def one(handle: RunHandle) -> str | None:
        async with gate:
            return await runs.until_terminal(handle, timeout_s)

    return await asyncio.gather(*(one(handle) for handle in handles))


def held(session: Session, check: str, nonces: Sequence[str]) -> None:
    """The history of these runs passes a check, and has something for it to judge."""
    __tracebackhide__ = True
    mine = set(nonces)
    records = [r for r in session.records() if r.kind in ("fault", "mark") or r.key in mine]
    result = CHECKS[check](records)
    same(f"findings of the check {check!r}", [found.sentence for found in result.findings], [])
    if result.reason:
        inconclusive(f"{check}: {result.reason}")
