"""Due times: each makes one run, and what becomes of that run does not matter."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.crons.beats import (
    find_early_runs,
    find_missing_run,
    list_beats,
    record_fires,
)
from onceproof.conformance.suite.crons.ticking import KEEPERS, MARK, Ticking, play_keepers
from onceproof.conformance.suite.kit.assertions import expect_values, same
from onceproof.conformance.suite.kit.crons import Crons
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

Scene = Callable[[], Awaitable[Ticking]]


@requirement("CRN-04")
async def test_each_due_time_makes_exactly_one_run(
    ticking: Scene,
    crons: Crons,
    api: Api,
    aside_history: Recorder,
    session: Session,
    observe: Observed,
) -> None:
    seen = await ticking()
    for beat in await list_beats(crons):
        if seen.beat != beat:
            seen = await play_keepers(Runs(api, aside_history), beat)
        for name in KEEPERS:
            record_fires(session.history, seen.crons[name], seen.end[name], beat)
        same(
            f"runs before a due time of {beat.schedule!r}", judge_keepers(find_early_runs, seen), []
        )
        if not judge_keepers(find_missing_run, seen):
            break
    observe(f"one run for each due time of {seen.beat.schedule!r}")
    same("due times without a run", judge_keepers(find_missing_run, seen), [])
    for name in KEEPERS:
        place = sorted(run["run_id"] for run in seen.end[name])
        same(f"runs of {name} listed twice", len(place) - len(set(place)), 0)


def judge_keepers(find: Callable[..., list[str]], seen: Ticking) -> list[str]:
    """Return every complaint of `find` about the crons that keep the time."""
    return [
        f"{name}: {sentence}"
        for name in KEEPERS
        for sentence in find(seen.crons[name], seen.end[name], seen.beat)
    ]


@requirement("CRN-07")
async def test_a_run_names_its_cron_and_has_the_metadata_of_the_cron(ticking: Scene) -> None:
    seen = await ticking()
    cron_id = seen.crons["telling"]["cron_id"]
    configurable = seen.reported_state["values"]["config"]["configurable"]
    same("cron_id in configurable", configurable.get("cron_id"), cron_id)
    expect_values("metadata of the cron", seen.crons["telling"]["metadata"], MARK)
    for run in seen.end["telling"]:
        expect_values(f"metadata of run {run['run_id']}", run.get("metadata") or {}, MARK)


@requirement("CRN-15")
async def test_runs_that_fail_do_not_stop_their_cron(ticking: Scene) -> None:
    seen = await ticking()
    before, after = len(seen.off["failing"]), len(seen.end["failing"])
    statuses = {run["status"] for run in seen.on["failing"][:before]}
    same("how the first runs of the failing cron ended", statuses, {"error"})
    assert after > before, f"the failing cron made {before} runs, but none after they had failed"


@requirement("CRN-06")
@pytest.mark.parametrize("strategy", ["reject", "enqueue", "interrupt", "rollback"])
async def test_runs_land_on_the_thread_under_the_strategy_of_the_cron(
    ticking: Scene, strategy: str
) -> None:
    runs = (await ticking()).end[strategy]
    assert runs, "the cron made no run on its thread"
    # That a run shows its strategy is demanded by RUN-02.
    shown = {run.get("multitask_strategy", strategy) for run in runs}
    same("strategies", shown, {strategy})
    earlier, last = [run["status"] for run in runs[:-1]], runs[-1]["status"]
    EXPECTED[strategy](earlier, last)


def _expect_one_run(earlier: list[str], last: str) -> None:
    same("runs besides the running one", earlier, [])
    same("the status of the only run", last, "running")


def _expect_all_to_wait(earlier: list[str], last: str) -> None:
    assert earlier, "no run waits behind the running one"
    same("statuses", [*earlier, last], ["running", *["pending"] * len(earlier)])


def _expect_interruption_of_earlier(earlier: list[str], last: str) -> None:
    assert earlier, "no run was interrupted by a later one"
    # The newest may not have been interrupted yet when the list is read.
    same("statuses of earlier runs", set(earlier[:-1]) | {"interrupted"}, {"interrupted"})
    assert last in ("pending", "running"), f"the last run is {last}"


def _expect_few_to_remain(earlier: list[str], last: str) -> None:
    assert len(earlier) <= 1, f"{len(earlier)} runs that were rolled back are still listed"
    assert last in ("pending", "running"), f"the last run is {last}"


EXPECTED: dict[str, Callable[[list[str], str], Any]] = {
    "reject": _expect_one_run,
    "enqueue": _expect_all_to_wait,
    "interrupt": _expect_interruption_of_earlier,
    "rollback": _expect_few_to_remain,
}
