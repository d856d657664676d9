"""Lists of the runs of a thread."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


async def list_run_ids(api: Api, thread_id: str, **params: Any) -> list[str]:
    """List the ids of the runs on a page."""
    page = expect(await api.get(runs_path(thread_id), params=params))
    return [run["run_id"] for run in page]


@requirement("RUN-12")
async def test_runs_are_listed_newest_first_page_by_page(api: Api, runs: Runs) -> None:
    thread_id = await runs.new_thread()
    made = [await runs.create(thread_id, "chain", {"steps": 1}) for _ in range(5)]
    newest_first = [handle.run_id for handle in reversed(made)]
    same("all runs", await list_run_ids(api, thread_id), newest_first)
    same("limit=2", await list_run_ids(api, thread_id, limit=2), newest_first[:2])
    same(
        "limit=2&offset=3", await list_run_ids(api, thread_id, limit=2, offset=3), newest_first[3:]
    )
    same("offset beyond the end", await list_run_ids(api, thread_id, offset=5), [])
    assert await runs.final_snapshot(made), "not every run has ended"
    same("all runs when they have ended", await list_run_ids(api, thread_id), newest_first)


@requirement("RUN-12")
async def test_runs_are_listed_by_status(api: Api, runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    done, _ = await runs.wait(thread_id, "chain", {"steps": 1})
    broken, _ = await runs.wait(thread_id, "fail", {})
    async with hold_run(runs, sink, thread_id) as held:
        queued = await runs.create(thread_id, "chain", {"steps": 1})
        for status, handle in {
            "success": done,
            "error": broken,
            "running": held,
            "pending": queued,
        }.items():
            same(
                f"{status} runs", await list_run_ids(api, thread_id, status=status), [handle.run_id]
            )
        same("timeout runs", await list_run_ids(api, thread_id, status="timeout"), [])
    assert await runs.final_snapshot([done, broken, held, queued]), "not every run has ended"


@requirement("RUN-12")
async def test_select_leaves_only_the_fields_asked_for(api: Api, runs: Runs) -> None:
    thread_id = await runs.new_thread()
    handle, _ = await runs.wait(thread_id, "chain", {"steps": 1})
    page = expect(await api.get(runs_path(thread_id), params={"select": ["run_id", "status"]}))
    same("the page", page, [{"run_id": handle.run_id, "status": "success"}])


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "-1"}, {"limit": "many"}])
@requirement("RUN-13")
async def test_a_bad_limit_is_refused(
    api: Api, runs: Runs, params: dict[str, str], observe: Observed
) -> None:
    response = await api.get(runs_path(await runs.new_thread()), params=params)
    status = response.status_code
    assert 400 <= status < 500, f"limit={params['limit']} answered {status}, but should be a 4xx"
    observe(f"bad limit: {status}")


@requirement("RUN-13")
async def test_an_unknown_status_is_refused(api: Api, runs: Runs) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "chain", {"steps": 1})
    expect_refusal(await api.get(runs_path(thread_id), params={"status": "daydreaming"}), 422)
