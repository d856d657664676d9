"""Strategy enqueue, the default: one run of a thread at a time, in the order of acceptance."""

import asyncio
from itertools import chain, pairwise

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import ledger_entries, read_ledger
from onceproof.conformance.wire.handles import RunHandle, new_nonce, runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

QUEUED = 20
THREADS = 8
RUNS_EACH = 6


@requirement("MUL-02")
async def test_a_run_that_names_no_strategy_is_enqueued(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    nonce = new_nonce()
    body = {"assistant_id": "echo", "input": {"nonce": nonce}}
    async with hold_run(runs, sink, thread_id) as held:
        run = expect(await runs.api.post(runs_path(thread_id), json=body))
        same("strategy of the second run", run["multitask_strategy"], "enqueue")
        same("status of the second run", run["status"], "pending")
        shown = await runs.read(held)
        same("strategy of the first run", (shown or {}).get("multitask_strategy"), "enqueue")
        same("status of the first run", (shown or {}).get("status"), "running")
    same("status of the first run", await runs.until_terminal(held), "success")
    joined = expect(await runs.api.get(f"{runs_path(thread_id)}/{run['run_id']}/join"))
    same("result of the second run", joined["nonce"], nonce)


@requirement("MUL-03")
async def test_queued_runs_execute_in_order_and_see_what_came_before(
    runs: Runs, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, steps=1) as first:
        queued = [await runs.create(thread_id, "chain", {"steps": 1}) for _ in range(QUEUED)]
    results = await asyncio.gather(*(runs.join(handle) for handle in [first, *queued]))
    order = [(handle.nonce, 0) for handle in [first, *queued]]
    same("the thread's log", await read_ledger(runs.api, thread_id), order)
    for place, values in enumerate(results, 1):
        same(f"the log that run {place} ended with", ledger_entries(values), order[:place])


@requirement("MUL-01")
async def test_no_two_runs_of_a_thread_execute_at_once(runs: Runs, sink: Sink) -> None:
    threads = [await runs.new_thread() for _ in range(THREADS)]
    handles = await asyncio.gather(*(_crowd(runs, thread_id) for thread_id in threads))
    assert await runs.final_snapshot(list(chain(*handles))), "not every run has ended"
    for thread_id, on_thread in zip(threads, handles, strict=True):
        spans = sorted(_span(sink, handle) for handle in on_thread)
        overlaps = [(before, after) for before, after in pairwise(spans) if after[0] < before[1]]
        same(f"overlapping executions on thread {thread_id}", overlaps, [])
        same(
            "runs executed",
            len({nonce for nonce, _ in await read_ledger(runs.api, thread_id)}),
            RUNS_EACH,
        )


async def _crowd(runs: Runs, thread_id: str) -> list[RunHandle]:
    places = len(runs.api.urls)
    given = {"steps": 2, "sleep_ms": 20}
    return await asyncio.gather(
        *(runs.create(thread_id, "chain", given, at=n % places) for n in range(RUNS_EACH))
    )


def _span(sink: Sink, handle: RunHandle) -> tuple[int, int, str]:
    """When a run was certainly alive: from its first sign to its last."""
    seen = sink.executions(handle.nonce)
    assert seen, f"run {handle.run_id} was never executed"
    return min(one.begin_t for one in seen), max(one.last_t for one in seen), handle.nonce
