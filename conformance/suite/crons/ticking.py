"""Crons of every kind at work side by side, looked at in three phases.

In the first all go. In the second some are switched off, while others show that time goes on. In
the third they are switched on again.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from onceproof.conformance.suite.crons.beats import Beat, at, beats
from onceproof.conformance.suite.crons.making import Crons
from onceproof.conformance.suite.crons.stateless import Stateless, look_at, stateless, stop
from onceproof.conformance.suite.kit.assertions import answered
from onceproof.conformance.suite.kit.reads import ALL, state
from onceproof.conformance.suite.kit.waiting import eventually
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: Crons that only keep the time. Several, so that schedulers have something to quarrel about.
KEEPERS = ("keeper 1", "keeper 2", "keeper 3", "keeper 4")
SWITCHED = ("ending", "pausing", "deleted")
STRATEGIES = ("enqueue", "reject", "interrupt", "rollback")
MARK = {"made": "for a test of crons", "deep": {"n": 1}}

#: How late a run may be before nobody waits for it any more.
LATE_S = 20.0

Objects: TypeAlias = dict[str, dict[str, Any]]
Found: TypeAlias = dict[str, list[dict[str, Any]]]


@dataclass
class Ticking:
    """What came of it: by the name of a thread cron, its object and its runs, oldest first.

    `off` are the runs right after the second phase had begun, `on` those at its end, and `end`
    those at the end of the third. `ended` is what was answered when an `end_time` was set,
    `cleared` when it was taken away; `told` is the state on the thread of the cron that tells.
    """

    beat: Beat
    crons: Objects = field(default_factory=dict)
    off: Found = field(default_factory=dict)
    on: Found = field(default_factory=dict)
    end: Found = field(default_factory=dict)
    ended: dict[str, Any] = field(default_factory=dict)
    cleared: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    stateless: dict[str, Stateless] = field(default_factory=dict)


async def played(runs: Runs, sink: Sink) -> Ticking:
    """Play it; every cron and every thread is gone when it is over."""
    try:
        async with Crons(runs.api) as crons:
            return await _played(crons, runs, sink)
    finally:
        await runs.clean_up()


async def keeping_time(runs: Runs, beat: Beat) -> Ticking:
    """Just the keepers, for a phase and one due time more."""
    try:
        async with Crons(runs.api) as crons:
            seen = Ticking(beat, await _keepers(crons, runs, beat))
            await _reached(crons, seen, dict.fromkeys(KEEPERS, beat.phase + 1))
            seen.end = await _runs(crons, seen.crons)
            return seen
    finally:
        await runs.clean_up()


async def _played(crons: Crons, runs: Runs, sink: Sink) -> Ticking:
    seen = Ticking((await beats(crons))[0])
    await _start(crons, runs, seen)
    seen.stateless = await stateless(crons, seen.beat, sink)
    # The last to start: what the keepers have had due times for, the others have too.
    seen.crons |= await _keepers(crons, runs, seen.beat)
    ending, pausing, deleted = (seen.crons[name]["cron_id"] for name in SWITCHED)

    await _reached(crons, seen, dict.fromkeys(seen.crons, 1) | _phases(seen, 1))
    await crons.patch(pausing, enabled=False)
    answered(await crons.delete(deleted), 200, 204)
    seen.off = await _runs(crons, seen.crons)

    await _reached(crons, seen, _phases(seen, 2))
    await stop(crons, seen.stateless, sink)
    seen.on = await _runs(crons, seen.crons)
    await crons.patch(pausing, enabled=True)
    seen.cleared = await crons.patch(ending, end_time=None)

    again = {name: len(seen.on[name]) + 1 for name in ("pausing", "ending")}
    await _reached(crons, seen, _phases(seen, 3) | again)
    seen.end = await _runs(crons, seen.crons)
    seen.told = await state(crons.api, seen.crons["telling"]["thread_id"])
    await look_at(seen.stateless, runs, sink)
    return seen


async def _start(crons: Crons, runs: Runs, seen: Ticking) -> None:
    """A thread cron of each kind; the one that is to end does so between two due times."""
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
            end_time = at(made["next_run_date"]) + timedelta(seconds=1.5 * beat.period_s)
            seen.ended = await crons.patch(made["cron_id"], end_time=end_time.isoformat())


async def _keepers(crons: Crons, runs: Runs, beat: Beat) -> Objects:
    threads = await asyncio.gather(*(runs.new_thread() for _ in KEEPERS))
    made = await asyncio.gather(*(crons.new(each, schedule=beat.schedule) for each in threads))
    return dict(zip(KEEPERS, made, strict=True))


async def _runs(crons: Crons, made: Objects) -> Found:
    found = await asyncio.gather(*(runs_of(crons, cron) for cron in made.values()))
    return dict(zip(made, found, strict=True))


async def runs_of(crons: Crons, cron: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs on the thread of a cron, oldest first."""
    path = f"/threads/{cron['thread_id']}/runs"
    found = answered(await crons.api.get(path, params={"limit": ALL}))
    return sorted(found, key=lambda run: at(run["created_at"]))


def _phases(seen: Ticking, count: int) -> dict[str, int]:
    """How many runs the keepers have made when so many phases are over."""
    return dict.fromkeys(KEEPERS, count * seen.beat.phase)


async def _reached(crons: Crons, seen: Ticking, wanted: dict[str, int]) -> None:
    """Wait until the crons have made that many runs."""

    async def behind() -> list[str]:
        found = await _runs(crons, {name: seen.crons[name] for name in wanted})
        return [name for name, runs in found.items() if len(runs) < wanted[name]]

    limit_s = (seen.beat.phase + 1) * seen.beat.period_s + LATE_S
    await eventually("what the crons lag behind with", behind, [], within_s=limit_s)
