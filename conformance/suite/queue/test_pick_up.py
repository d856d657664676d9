"""How soon, in which order and beside what else the queue takes runs up."""

import asyncio
import time
from collections.abc import Callable

import anyio

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import create_chain, hold_run, hold_runs
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

LONE_RUNS = 20
#: A server that polls for runs once a second, without notifications, takes longer now and then.
PICK_UP_S = 0.75

QUEUE = 40
OTHERS = 10


@requirement("QUE-11")
async def test_an_idle_queue_takes_a_run_up_soon(
    small_runs: Runs, sink: Sink, observe: Callable[[str], None]
) -> None:
    thread_id = await small_runs.new_thread()
    waits_s = []
    for _ in range(LONE_RUNS):
        handle = await small_runs.create(thread_id, "chain", {"steps": 1})
        created = time.monotonic_ns()
        [execution] = await sink.async_wait_for(handle.nonce, "begin")
        waits_s.append((execution.begin_t - created) / 1e9)
        await small_runs.until_terminal(handle)
    slow = sorted(waits_s)[round(LONE_RUNS * 0.95) - 1]
    observe(f"95 of 100 runs on an idle queue began within {max(slow, 0) * 1000:.0f} ms")
    assert slow <= PICK_UP_S, (
        f"95 of 100 runs on an idle queue began within {slow:.2f} s of their acknowledgement, "
        f"but should within {PICK_UP_S:g} s"
    )


@requirement("QUE-12")
async def test_runs_of_different_threads_start_in_the_order_they_became_due(
    small: Small, small_runs: Runs, sink: Sink
) -> None:
    async with hold_runs(small_runs, sink, small.slots) as held:
        first = await create_chain(small_runs)
        delayed = await create_chain(small_runs, after_seconds=1)
        second = await create_chain(small_runs)
        await anyio.sleep(1.2)  # until the delayed run is due, so that the next comes after it
        third = await create_chain(small_runs)
        order = [first, second, delayed, third]
        sink.release(held[0].nonce)  # the others stay: one slot is free
        same("statuses", await wait_for_ends(small_runs, order, 30), ["success"] * len(order))
    tokens = {sink.executions(handle.nonce)[0].token: handle for handle in order}
    started = [order.index(tokens[token]) for token in sorted(tokens)]
    same("order of the starts, by when they became due", started, list(range(len(order))))


@requirement("QUE-13")
async def test_a_thread_with_a_long_queue_holds_up_no_other(runs: Runs, sink: Sink) -> None:
    crowded = await runs.new_thread()
    others = await asyncio.gather(*(runs.new_thread() for _ in range(OTHERS)))
    async with hold_run(runs, sink, crowded) as first:
        queue = [await runs.create(crowded, "chain", {"steps": 1}) for _ in range(QUEUE)]
        served = [await runs.create(thread_id, "chain", {"steps": 1}) for thread_id in others]
        same("other threads' runs", await wait_for_ends(runs, served, 15), ["success"] * OTHERS)
        begun = [handle for handle in queue if sink.executions(handle.nonce)]
        same("number of runs begun behind one that is under way", len(begun), 0)
    same("the thread's own", set(await wait_for_ends(runs, [first, *queue], 60)), {"success"})
