"""Due times that pass while no scheduler is up."""

import asyncio
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from onceproof.conformance.faults import kill_all
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.crons.beats import MINUTES, list_beats, parse_time
from onceproof.conformance.suite.crons.ticking import LATE_S, list_runs
from onceproof.conformance.suite.kit.crons import Crons
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.runs import Runs

#: Due times that have to be missed to distinguish one run for all from one run for each.
MISSED = 4

#: How long the processes stay down: the due times, the second after the last run, and a margin.
DOWN_S = MISSED + 1.5

#: Runs within a second of the return: one for all that was missed, one for the next due time, and
#: one more if a busy machine delays a scheduler between its read and its commit.
AT_MOST = 3


@requirement("CRN-14")
async def test_missed_due_times_do_not_pile_up(
    small: Small, small_runs: Runs, session: Session, crons: Crons, observe: Observed
) -> None:
    if MINUTES in (await list_beats(crons))[:1]:
        inconclusive(
            "the target does not accept seconds, and missing several minutes takes too long"
        )
    async with Crons(small.api) as made:
        cron = await made.new(await small_runs.new_thread(), schedule="* * * * * *")
        await await_runs(made, cron, 1)
        await asyncio.to_thread(_miss_due_times, session, small)
        before = await list_runs(made, cron)
        await await_runs(made, cron, len(before) + 2)
        dates = [parse_time(run["created_at"]) for run in await list_runs(made, cron)]
    earlier, later = find_widest_gap(dates)
    missed = (later - earlier).total_seconds() - 1
    if missed < MISSED:
        inconclusive(f"only {missed:.1f} s passed without a run, too few to judge")
    burst = [date for date in dates if later <= date < later + timedelta(seconds=0.9)]
    observe(f"after {missed:.0f} missed due times: {len(burst)} runs within a second")
    assert len(burst) <= AT_MOST, (
        f"{len(burst)} runs were made within a second of the return, after {missed:.0f} missed due "
        "times: there should be at most one for them, and one for the next due time"
    )


async def await_runs(crons: Crons, cron: dict[str, Any], count: int) -> None:
    """Wait until the cron has made `count` runs."""

    async def enough() -> bool:
        return len(await list_runs(crons, cron)) >= count

    await expect_eventually(
        f"whether the cron made {count} runs", enough, True, within_s=count + LATE_S
    )


def _miss_due_times(session: Session, small: Small) -> None:
    """Keep the processes down for as long as due times have to be missed."""
    with kill_all(session, small.levers, small.workers, []):
        time.sleep(DOWN_S)


def find_widest_gap(dates: list[datetime]) -> tuple[datetime, datetime]:
    """Find the two neighbours that are furthest apart."""
    return max(pairwise(dates), key=lambda pair: pair[1] - pair[0])
