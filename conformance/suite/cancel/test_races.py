"""Cancels that meet a run at the worst moment, two hundred times."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.handles import RunHandle, new_nonce, runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

ROUNDS = 200
#: Rounds at once; each has a thread of its own.
LANES = 20
SEED = 11
#: About as long as a run takes from the end of its last node, or from its creation, to its end.
JITTER_S = 0.05

#: By how much a lane cancels sooner after a run that was over first, or else later.
STEP_S = 0.01

Round = Callable[[str, random.Random], Awaitable[RunHandle]]
Learn = Callable[[str, str | None], None]


class Pace:
    """When to cancel, in seconds from the moment a run may end. Each lane starts at a place of its
    own and learns where both outcomes occur. Below zero the cancel is sent first."""

    def __init__(self) -> None:
        places = iter(range(LANES))
        self._middle_s: defaultdict[str, float] = defaultdict(
            lambda: JITTER_S * (2 * next(places) / LANES - 0.5)
        )

    def draw(self, thread_id: str, dice: random.Random) -> float:
        return self._middle_s[thread_id] + dice.uniform(-STEP_S, STEP_S)

    def learn(self, thread_id: str, status: str | None) -> None:
        self._middle_s[thread_id] += -STEP_S if status == "success" else STEP_S


async def race(
    runs: Runs, one_round: Round, learn: Learn = lambda thread_id, status: None
) -> list[tuple[RunHandle, str | None]]:
    """Play all rounds; return each run with the status in which it first was over, and stayed."""
    threads = [await runs.new_thread() for _ in range(LANES)]

    async def lane(n: int) -> list[tuple[RunHandle, str | None]]:
        dice = random.Random(SEED + n)
        ends = []
        for _ in range(ROUNDS // LANES):
            handle = await one_round(threads[n], dice)
            ends.append((handle, await runs.until_terminal(handle)))
            learn(threads[n], ends[-1][1])
        return ends

    ends = [end for each in await asyncio.gather(*map(lane, range(LANES))) for end in each]
    await expect_no_ghosts(runs.api, threads)
    shown: dict[str, str] = {}
    for thread_id in threads:
        page = expect(await runs.api.get(runs_path(thread_id), params={"limit": ROUNDS}))
        shown |= {run["run_id"]: run["status"] for run in page}
    again = [shown.get(handle.run_id) for handle, _ in ends]
    same("runs whose status changed after their end", _describe_changes(ends, again), [])
    return ends


async def cancel(runs: Runs, handle: RunHandle) -> None:
    expect(await runs.cancel(handle), 200, 202, 204, 404, 409)


@requirement("CAN-11")
async def test_a_cancel_that_races_with_completion_has_one_outcome(
    runs: Runs, sink: Sink, observe: Observed
) -> None:
    async def one_round(thread_id: str, dice: random.Random) -> RunHandle:
        nonce = new_nonce()
        sink.hold(nonce)
        handle = await runs.create(thread_id, "chain", {"steps": 1}, nonce=nonce)
        await sink.async_wait_for(nonce, "begin")
        wait_s = pace.draw(thread_id, dice)
        async with asyncio.TaskGroup() as both:
            both.create_task(_release_after(sink, nonce, max(0.0, -wait_s)))
            await asyncio.sleep(max(0.0, wait_s))
            if wait_s > 0 and dice.random() < 0.5:  # a read takes time that some races must not
                before[nonce] = await runs.status(handle)
            await cancel(runs, handle)
        return handle

    pace = Pace()
    before: dict[str, str | None] = {}
    ends = await race(runs, one_round, pace.learn)
    over = [(handle, end) for handle, end in ends if before.get(handle.nonce) in TERMINAL]
    ended_as = [before[handle.nonce] for handle, _ in over]
    same(
        "runs that were over before their cancel and changed", _describe_changes(over, ended_as), []
    )
    outcomes = Counter(status for _, status in ends)
    assert set(outcomes) <= {"success", "interrupted"}, f"the runs ended as {dict(outcomes)}"
    observe(f"cancel racing with completion: {dict(sorted(outcomes.items()))}")
    if len(outcomes) == 1:
        inconclusive(f"no race came about: all runs ended as {outcomes.popitem()[0]}")


async def _release_after(sink: Sink, nonce: str, after_s: float) -> None:
    await asyncio.sleep(after_s)
    sink.release(nonce)


def _describe_changes(ends: list[tuple[RunHandle, str | None]], others: list[Any]) -> list[str]:
    """The first runs whose status was different in another read."""
    return [
        f"{handle.run_id}: {status} and {other}"
        for (handle, status), other in zip(ends, others, strict=True)
        if status != other
    ][:8]


@requirement("CAN-12")
async def test_a_cancel_that_races_with_the_start_has_one_outcome(
    runs: Runs, sink: Sink, observe: Observed
) -> None:
    """The node would take a minute, so no run can be over before its cancel."""

    async def one_round(thread_id: str, dice: random.Random) -> RunHandle:
        handle = await runs.create(thread_id, "slow", {"seconds": 60})
        await asyncio.sleep(dice.random() * JITTER_S)
        await cancel(runs, handle)
        return handle

    ends = await race(runs, one_round)
    same("how the runs ended", dict(Counter(status for _, status in ends)), {"interrupted": ROUNDS})
    started = sum(bool(sink.executions(handle.nonce)) for handle, _ in ends)
    observe(f"cancel racing with the start: {started} of {ROUNDS} runs had begun")
    effects = [
        each for handle, _ in ends for one in sink.executions(handle.nonce) for each in one.effects
    ]
    same("effects of cancelled nodes", effects, [])
