"""Ending, pausing and deleting crons."""

from collections.abc import Awaitable, Callable

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.crons.beats import parse_time
from onceproof.conformance.suite.crons.ticking import Ticking
from onceproof.conformance.suite.kit.assertions import expect_refusal, same
from onceproof.conformance.suite.kit.crons import PATH, Crons
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.wire.client import Api

Scene = Callable[[], Awaitable[Ticking]]


def count_runs(seen: Ticking, name: str) -> tuple[int, int, int]:
    """Count the runs of the cron when it was off, before it was on again, and at the end."""
    return len(seen.off[name]), len(seen.on[name]), len(seen.end[name])


@requirement("CRN-08")
async def test_a_cron_makes_no_run_after_its_end_time(ticking: Scene) -> None:
    seen = await ticking()
    end_time = parse_time(seen.ended["end_time"])
    late = [
        run["created_at"] for run in seen.on["ending"] if parse_time(run["created_at"]) > end_time
    ]
    same(f"runs made after {end_time}", late, [])
    count = len(seen.on["ending"])
    assert count in (1, 2), f"{count} runs were made in the one and a half periods before the end"


@requirement("CRN-08")
async def test_a_cron_goes_on_when_its_end_time_is_cleared(ticking: Scene) -> None:
    seen = await ticking()
    same("end_time after it was cleared", seen.cleared["end_time"], None)
    assert seen.cleared["next_run_date"], "a cron without an end has no next_run_date"
    _, before, after = count_runs(seen, "ending")
    assert after > before, (
        f"the cron had made {before} runs when its end was cleared, and made no more"
    )


@requirement("CRN-09")
async def test_a_cron_rests_while_it_is_not_enabled(ticking: Scene) -> None:
    seen = await ticking()
    off, on, end = count_runs(seen, "pausing")
    assert off > 0, "the cron made no run before it was paused"
    same("runs made while it was paused", on - off, 0)
    assert end > on, f"the cron had made {on} runs when it was enabled again, and made no more"


@requirement("CRN-11")
async def test_a_deleted_cron_makes_no_more_runs(ticking: Scene) -> None:
    off, _, end = count_runs(await ticking(), "deleted")
    assert off > 0, "the cron made no run before it was deleted"
    same("runs made after it was deleted", end - off, 0)


@requirement("CRN-11")
async def test_a_deleted_cron_is_unknown(crons: Crons, api: Api) -> None:
    path = f"{PATH}/{(await crons.new())['cron_id']}"
    same("answer to the delete", (await api.delete(path)).status_code in (200, 204), True)
    for place in range(len(api.urls)):
        expect_refusal(await api.delete(path, at=place), 404)
        expect_refusal(await api.patch(path, json={"enabled": True}, at=place), 404)
        if await claims(api, "GET", f"{PATH}/{{cron_id}}"):
            expect_refusal(await api.get(path, at=place), 404)
