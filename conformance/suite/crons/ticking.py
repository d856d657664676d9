"""Crons of every kind at work side by side, looked at in three phases.

In the first all go. In the second some are switched off, while others show that time goes on. In
the third they are switched on again.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from conformance.suite.crons.beats import Beat, at, beats
from conformance.suite.crons.making import Crons
from conformance.suite.crons.stateless import Stateless, look_at, stateless
from conformance.suite.eventually import eventually
from conformance.suite.expect import answered
from conformance.suite.reads import ALL, state
from conformance.wire.handles import new_nonce
from conformance.wire.runs import Runs
from conformance.witness import Sink

#: Crons that only keep the time. Several, so that schedulers have something to quarrel about.
KEEPERS = ("keeper 1", "keeper 2", "keeper 3", "keeper 4")
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
            await _reached(crons, seen, beat.phase + 1)
            seen.end = await _runs(crons, seen.crons)
            return seen
    finally:
        await runs.clean_up()


async def _played(crons: Crons, runs: Runs, sink: Sink) -> Ticking:
    beat = (await beats(crons))[0]
    seen = Ticking(beat, await _made(crons, runs, beat))
    seen.stateless = await stateless(crons, beat, sink)
    ending, pausing = (seen.crons[name]["cron_id"] for name in ("ending", "pausing"))
    end_time = at(seen.crons["ending"]["next_run_date"]) + timedelta(seconds=beat.period_s / 2)
    seen.ended = await crons.patch(ending, end_time=end_time.isoformat())

    await _reached(crons, seen, beat.phase)
    await crons.patch(pausing, enabled=False)
    for cron in (seen.crons["deleted"], *(each.cron for each in seen.stateless.values())):
        answered(await crons.delete(cron["cron_id"]), 200, 204)
    seen.off = await _runs(crons, seen.crons)

    await _reached(crons, seen, 2 * beat.phase)
    seen.on = await _runs(crons, seen.crons)
    await crons.patch(pausing, enabled=True)
    seen.cleared = await crons.patch(ending, end_time=None)

    await _reached(crons, seen, 3 * beat.phase, "pausing", "ending")
    seen.end = await _runs(crons, seen.crons)
    seen.told = await state(crons.api, seen.crons["telling"]["thread_id"])
    await look_at(seen.stateless, runs, sink)
    return seen


async def _made(crons: Crons, runs: Runs, beat: Beat) -> Objects:
    """A thread cron of each kind."""
    long = {"assistant_id": "slow", "input": {"nonce": new_nonce(), "seconds": 20 * beat.period_s}}
    kinds: Objects = {
        "ending": {},
        "pausing": {},
        "deleted": {},
        "failing": {"assistant_id": "fail", "input": {"nonce": new_nonce()}},
        "telling": {"metadata": MARK},
        **{name: {**long, "multitask_strategy": name} for name in STRATEGIES},
    }
    made = await _keepers(crons, runs, beat)
    for name, body in kinds.items():
        made[name] = await crons.new(await runs.new_thread(), schedule=beat.schedule, **body)
    return made


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


async def _reached(crons: Crons, seen: Ticking, count: int, *also: str) -> None:
    """Wait until each keeper has made `count` runs, and `also` one more than in `on`."""
    wanted = dict.fromkeys(KEEPERS, count) | {name: len(seen.on[name]) + 1 for name in also}

    async def behind() -> list[str]:
        found = await _runs(crons, {name: seen.crons[name] for name in wanted})
        return [name for name, runs in found.items() if len(runs) < wanted[name]]

    limit_s = (count + 1) * seen.beat.period_s + LATE_S
    await eventually("what the crons lag behind with", behind, [], within_s=limit_s)
