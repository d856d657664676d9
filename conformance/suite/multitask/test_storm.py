"""Double texting of every kind at once, and what is left when it is over."""

import asyncio
import random

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.kit.reads import read_ledger, read_thread_status
from onceproof.conformance.wire.handles import RunHandle, runs_path
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs

STRATEGIES = ("enqueue", "reject", "interrupt", "rollback")
THREADS = 3
CLIENTS = 4
RUNS_EACH = 9
SEED = 13
DRAIN_S = 60


@requirement("MUL-13")
async def test_a_storm_of_double_texting_settles(runs: Runs) -> None:
    threads = [await runs.new_thread() for _ in range(THREADS)]
    clients = [
        _client(runs, thread_id, random.Random(SEED + n))
        for n, thread_id in enumerate(threads * CLIENTS)
    ]
    accepted = [handle for each in await asyncio.gather(*clients) for handle in each]
    assert await runs.final_snapshot(accepted, DRAIN_S), f"not at rest after {DRAIN_S} s"
    for thread_id in threads:
        page = expect(await runs.api.get(runs_path(thread_id), params={"limit": 1000}))
        left = {run["run_id"]: run["status"] for run in page}
        same("statuses that are not terminal", set(left.values()) - TERMINAL, set())
        ours = {handle.run_id for handle in accepted if handle.thread_id == thread_id}
        same("runs that nobody created", set(left) - ours, set())
        await _finished_runs_are_whole(runs, thread_id, left, accepted)
        status = await read_thread_status(runs.api, thread_id)
        assert status != "busy", "the thread is busy although all its runs have ended"
    await expect_no_ghosts(runs.api, threads)


async def _client(runs: Runs, thread_id: str, dice: random.Random) -> list[RunHandle]:
    """One impatient client; what was accepted of its runs."""
    accepted = []
    for _ in range(RUNS_EACH):
        await asyncio.sleep(dice.random() * 0.1)
        try:
            handle = await runs.create(
                thread_id,
                "chain",
                {"steps": 2, "sleep_ms": dice.choice([0, 10, 50])},
                multitask_strategy=dice.choice(STRATEGIES),
            )
        except RunRefused as refusal:
            same("answer that refuses a run", refusal.status, 409)
        else:
            accepted.append(handle)
    return accepted


async def _finished_runs_are_whole(
    runs: Runs, thread_id: str, left: dict[str, str], accepted: list[RunHandle]
) -> None:
    """Each run shown as success has both of its steps in the state, and no removed run has any."""
    log = await read_ledger(runs.api, thread_id)
    for handle in accepted:
        if handle.thread_id == thread_id:
            steps = [i for nonce, i in log if nonce == handle.nonce]
            if left.get(handle.run_id) == "success":
                same(f"steps of {handle.run_id}, a success", steps, [0, 1])
            elif handle.run_id not in left:
                same(f"steps of {handle.run_id}, which was rolled back", steps, [])
