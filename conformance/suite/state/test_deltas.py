"""Delta channels: a checkpoint holds what was added, and the value is made of its ancestors."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.reads import read_state, read_thread_values
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs

LOG = ["0", "1", "2"]


@pytest.fixture
async def thread_id(runs: Runs) -> str:
    return await runs.new_thread()


@pytest.fixture
async def handles(runs: Runs, thread_id: str) -> list[RunHandle]:
    """The runs that have added an entry each."""
    return [(await runs.wait(thread_id, "deltas", {}))[0] for _ in LOG]


async def expect_log(api: Api, thread_id: str) -> None:
    same("the log of the state", (await read_state(api, thread_id))["values"].get("log"), LOG)
    same("the log of the thread", (await read_thread_values(api, thread_id)).get("log"), LOG)


async def copy_thread(api: Api, thread_id: str) -> str:
    """Return the id of a copy; inconclusive for a target that makes none."""
    response = await api.post(f"/threads/{thread_id}/copy", json={})
    if response.status_code in (404, 405):
        inconclusive("the target copies no threads, which THR-08 judges")
    copy: str = expect(response)["thread_id"]
    return copy


@requirement("STA-34")
@pytest.mark.usefixtures("handles")
async def test_a_thread_shows_what_is_in_its_delta_channels(api: Api, thread_id: str) -> None:
    await expect_log(api, thread_id)


@requirement("STA-34")
@pytest.mark.usefixtures("handles")
async def test_searches_find_what_is_in_delta_channels(api: Api, thread_id: str) -> None:
    await read_thread_values(api, thread_id)  # inconclusive where threads show no values
    body = {"ids": [thread_id], "values": {"log": LOG}, "extract": {"last": "values.log[-1]"}}
    response = await api.post("/threads/search", json=body)
    if response.is_client_error:
        del body["extract"]  # whether a search can extract is not the question
        response = await api.post("/threads/search", json=body)
    found = expect(response)
    same("threads found by their log", [each["thread_id"] for each in found], [thread_id])
    same("the log of the thread found", found[0]["values"].get("log"), LOG)
    same("what was extracted", found[0].get("extracted", {"last": "2"}), {"last": "2"})


@requirement("STA-34")
@pytest.mark.usefixtures("handles")
async def test_a_copy_goes_on_by_itself(runs: Runs, api: Api, thread_id: str) -> None:
    copy = await copy_thread(api, thread_id)
    runs.threads.adopt(copy)
    _, answer = await runs.wait(copy, "deltas", {})
    same("the log of the copy after another run", answer.get("log"), [*LOG, "3"])
    await expect_log(api, thread_id)
    await runs.delete_thread(thread_id)
    state = await read_state(api, copy)
    same("the log of the copy once its origin is gone", state["values"].get("log"), [*LOG, "3"])


@requirement("STA-34")
@pytest.mark.usefixtures("handles")
async def test_a_copy_has_what_is_in_delta_channels(api: Api, thread_id: str) -> None:
    copy = await copy_thread(api, thread_id)
    await expect_log(api, copy)
    expect(await api.delete(f"/threads/{copy}"), 200, 204)


@requirement("STA-34")
@pytest.mark.usefixtures("handles")
async def test_pruning_keeps_what_is_in_delta_channels(
    runs: Runs, api: Api, thread_id: str
) -> None:
    prune = {"thread_ids": [thread_id], "strategy": "keep_latest"}
    await api.post("/threads/prune", json=prune)  # whether it may be refused is not the question
    await expect_log(api, thread_id)
    _, answer = await runs.wait(thread_id, "deltas", {})
    same("the log after another run", answer.get("log"), [*LOG, "3"])


@requirement("STA-34")
async def test_deleting_an_earlier_run_keeps_what_is_in_delta_channels(
    runs: Runs, api: Api, thread_id: str, handles: list[RunHandle]
) -> None:
    expect(await runs.delete(handles[1]), 200, 204)
    await expect_log(api, thread_id)
