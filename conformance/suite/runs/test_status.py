"""The status of a run over its life, as seen by a client that polls often."""

import asyncio

import pytest

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.waiting import within
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

RANK = {"pending": 0, "running": 1, **dict.fromkeys(TERMINAL, 2)}
EVERY_S = 0.05
AFTERWARDS = 4


async def watch_statuses(runs: Runs, handle: RunHandle, at: int) -> list[str | None]:
    """Watch the run at one replica until well after its end, and return every status it showed."""
    seen: list[str | None] = []
    async with within(30, "a terminal status"):
        while sum(status in TERMINAL for status in seen) <= AFTERWARDS:
            seen.append(await runs.status(handle, at=at))
            await asyncio.sleep(EVERY_S)
    return seen


def drop_repeats(seen: list[str | None]) -> list[str | None]:
    """Drop statuses that repeat the one before."""
    return [each for i, each in enumerate(seen) if i == 0 or each != seen[i - 1]]


@pytest.mark.parametrize(
    "graph, ending", [("chain", "success"), ("fail", "error"), ("slow", "interrupted")]
)
@requirement("RUN-05")
async def test_status_only_moves_forward(runs: Runs, sink: Sink, graph: str, ending: str) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id) as ahead:
        handle = await runs.create(thread_id, graph, {"seconds": 30})
        watching = []
        for at in range(len(runs.api.urls)):
            same("status behind a running run", await runs.status(handle, at=at), "pending")
            watching.append(asyncio.create_task(watch_statuses(runs, handle, at)))
    if ending == "interrupted":
        await sink.async_wait_for(handle.nonce, "begin")
        await runs.cancel(handle)
    for seen in await asyncio.gather(*watching):
        ranks = [RANK.get(str(status), -1) for status in seen]
        assert -1 not in ranks, f"unknown status among {drop_repeats(seen)}"
        assert ranks == sorted(ranks), (
            f"status moved through {drop_repeats(seen)}, which is not only forward"
        )
        same("terminal statuses", {s for s in seen if s in TERMINAL}, {ending})
    same("status of the run ahead", await runs.until_terminal(ahead), "success")


@requirement("RUN-05")
async def test_a_run_whose_node_executes_is_running(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=1) as handle:
        for at in range(len(runs.api.urls)):
            same(f"status on replica {at}", await runs.status(handle, at=at), "running")
    same("status afterwards", await runs.until_terminal(handle), "success")
