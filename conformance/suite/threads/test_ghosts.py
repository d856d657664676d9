"""No thread stays busy without a run, however its runs ended."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.threads.endings import ENDINGS, Ending
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@requirement("THR-16")
@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
async def test_a_thread_is_not_busy_once_its_run_has_ended(
    aside: Runs, api: Api, aside_sink: Sink, ending: Ending
) -> None:
    thread_id = await aside.new_thread()
    await ending(aside, aside_sink, thread_id)
    await expect_no_ghosts(api, [thread_id])


@requirement("THR-16")
async def test_no_thread_of_the_target_is_busy_without_a_run(aside: Runs, api: Api) -> None:
    await aside.create(await aside.new_thread(), "chain", {}, after_seconds=600)
    await expect_no_ghosts(api)
