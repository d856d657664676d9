"""Crons of every kind at work side by side, looked at in three phases.

In the first all go. In the second some are switched off, while others show that time goes on. In
the third they are switched on again.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from onceproof.conformance.suite.crons.beats import Beat, list_beats, parse_time
from onceproof.conformance.suite.crons.stateless import (
    Stateless,
    create_stateless,
    inspect_stateless,
    stop_stateless,
)
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.crons import Crons
from onceproof.conformance.suite.kit.reads import ALL, read_state
from onceproof.conformance.suite.kit.verdicts import blame
from onceproof.conformance.suite.kit.waiting import expect_eventually, poll_until
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: Crons that only keep the time. Several, so that schedulers have something to quarrel about.
KEEPERS = ("keeper 1", "keeper 2", "keeper 3", "keeper 4")
SWITCHED = ("ending", "pausing", "deleted")
STRATEGIES = ("enqueue", "reject", "interrupt", "rollback")
MARK = {"made": "for a test of crons", "deep": {"n": 1}}

#: How long after its due time a run is waited for.
LATE_S = 20.0

Objects: TypeAlias = dict[str, dict[str, Any]]
Found: TypeAlias = dict[str, list[dict[str, Any]]]


@dataclass
class Ticking:
    """What came of it: by the name of a thread cron, its object and its runs, oldest first.

    `off` are the runs right after the second phase had begun, `on` those at its end, and `end`
    those at the end of the third. `ended` is the answer to setting an `end_time`, `cleared` the
    answer to removing it; `reported_state` is the state of the thread of the cron "telling".
    """

    beat: Beat
    crons: Objects = field(default_factory=dict)
    off: Found = field(default_factory=dict)
    on: Found = field(default_factory=dict)
    end: Found = field(default_factory=dict)
    ended: dict[str, Any] = field(default_factory=dict)
    cleared: dict[str, Any] = field(default_factory=dict)
    reported_state: dict[str, Any] = field(default_factory=dict)
    stateless: dict[str, Stateless] = field(default_factory=dict)


async def play(runs: Runs, sink: Sink) -> Ticking:
    """Play all three phases, then delete every cron and every thread."""
    try:
        async with Crons(runs.api) as crons:
            return await _play(crons, runs, sink)
    finally:
        await runs.clean_up()


async def play_keepers(runs: Runs, beat: Beat) -> Ticking:
    """Play the keepers alone, for one phase and one more due time."""
    try:
        async with Crons(runs.api) as crons:
            seen = Ticking(beat, await _create_keepers(crons, runs, beat))
            await _await_runs(crons, seen, dict.fromkeys(KEEPERS, beat.phase + 1))
            seen.end = await _list_all_runs(crons, seen.crons)
            return seen
    finally:
        await runs.clean_up()


async def _play(crons: Crons, runs: Runs, sink: Sink) -> Ticking:
    seen = Ticking((await list_beats(crons))[0])
    await _create_crons(crons, runs, seen)
    seen.stateless = await create_stateless(crons, seen.beat, sink)
    # The last to start: what the keepers have had due times for, the others have too.
    seen.crons |= await _create_keepers(crons, runs, seen.beat)
    ending, pausing, deleted = (seen.crons[name]["cron_id"] for name in SWITCHED)

    await _await_runs(crons, seen, _runs_after(seen, 1))
    await _give_time(crons, seen, dict.fromkeys(seen.crons, 1))
    with blame("CRN-09"):
        await crons.patch(pausing, enabled=False)
    with blame("CRN-11"):
        expect(await crons.delete(deleted), 200, 204)
    seen.off = await _list_all_runs(crons, seen.crons)

    await _await_runs(crons, seen, _runs_after(seen, 2))
    await stop_stateless(crons, seen.stateless, sink)
    seen.on = await _list_all_runs(crons, seen.crons)
    with blame("CRN-09"):
        await crons.patch(pausing, enabled=True)
    with blame("CRN-08"):
        seen.cleared = await crons.patch(ending, end_time=None)

    again = {name: len(seen.on[name]) + 1 for name in ("pausing", "ending")}
    await _await_runs(crons, seen, _runs_after(seen, 3))
    await _give_time(crons, seen, again)
    seen.end = await _list_all_runs(crons, seen.crons)
    seen.reported_state = await read_state(crons.api, seen.crons["telling"]["thread_id"])
    await inspect_stateless(seen.stateless, runs, sink)
    return seen


async def _create_crons(crons: Crons, runs: Runs, seen: Ticking) -> None:
    """Create a thread cron of each kind; "ending" ends between two due times."""
    beat = seen.beat
    long = {"assistant_id": "slow", "input": {"nonce": new_nonce(), "seconds": 60 * beat.period_s}}
    kinds: Objects = {
        **{name: {} for name in SWITCHED},
        "failing": {"assistant_id": "fail", "input": {"nonce": new_nonce()}},
        "telling": {"metadata": MARK},
        **{name: {**long, "multitask_strategy": name} for name in STRATEGIES},
    }
    for name, body in kinds.items():
        thread_id = await runs.new_thread()
        made = seen.crons[name] = await crons.new(thread_id, schedule=beat.schedule, **body)
        if name == "ending":
            end_time = parse_time(made["next_run_date"]) + timedelta(seconds=1.5 * beat.period_s)
            with blame("CRN-08"):
                seen.ended = await crons.patch(made["cron_id"], end_time=end_time.isoformat())


async def _create_keepers(crons: Crons, runs: Runs, beat: Beat) -> Objects:
    threads = await asyncio.gather(*(runs.new_thread() for _ in KEEPERS))
    made = await asyncio.gather(*(crons.new(each, schedule=beat.schedule) for each in threads))
    return dict(zip(KEEPERS, made, strict=True))


async def _list_all_runs(crons: Crons, made: Objects) -> Found:
    found = await asyncio.gather(*(list_runs(crons, cron) for cron in made.values()))
    return dict(zip(made, found, strict=True))


async def list_runs(crons: Crons, cron: dict[str, Any]) -> list[dict[str, Any]]:
    """List the runs on the thread of a cron, oldest first."""
    path = f"/threads/{cron['thread_id']}/runs"
    found = expect(await crons.api.get(path, params={"limit": ALL}))
    return sorted(found, key=lambda run: parse_time(run["created_at"]))


def _runs_after(seen: Ticking, count: int) -> dict[str, int]:
    """Return how many runs each keeper has made after this many phases."""
    return dict.fromkeys(KEEPERS, count * seen.beat.phase)


async def _await_runs(crons: Crons, seen: Ticking, wanted: dict[str, int]) -> None:
    """Wait until each of these crons has made its number of runs."""

    async def find_lagging() -> list[str]:
        return await _find_lagging(crons, seen, wanted)

    limit_s = _limit_s(seen.beat)
    await expect_eventually("the crons that made too few runs", find_lagging, [], within_s=limit_s)


async def _give_time(crons: Crons, seen: Ticking, wanted: dict[str, int]) -> None:
    """Let each of these crons make its number of runs; whether it did is for its test to judge."""

    async def has_enough() -> bool:
        return not await _find_lagging(crons, seen, wanted)

    await poll_until(has_enough, _limit_s(seen.beat))


async def _find_lagging(crons: Crons, seen: Ticking, wanted: dict[str, int]) -> list[str]:
    found = await _list_all_runs(crons, {name: seen.crons[name] for name in wanted})
    return [name for name, runs in found.items() if len(runs) < wanted[name]]


def _limit_s(beat: Beat) -> float:
    return (beat.phase + 1) * beat.period_s + LATE_S
