"""`select` returns the named fields and nothing else."""

from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

UNKNOWN = "not_a_field"


@requirement("SYS-28")
@pytest.mark.parametrize("fields", [["thread_id"], ["thread_id", "status", "metadata"]])
async def test_threads_have_the_selected_fields_only(
    api: Api, runs: Runs, fields: list[str]
) -> None:
    marker = {"select": uuid4().hex}
    await runs.new_thread(metadata=marker)
    found = await search(api, "/threads/search", metadata=marker, select=fields)
    same("fields of the thread", [sorted(each) for each in found], [sorted(fields)])


@requirement("SYS-28")
@pytest.mark.parametrize("fields", [["assistant_id"], ["name", "graph_id", "version"]])
async def test_assistants_have_the_selected_fields_only(
    api: Api, assistants: Assistants, fields: list[str]
) -> None:
    marker = {"select": uuid4().hex}
    await assistants.new(metadata=marker)
    found = await search(api, "/assistants/search", metadata=marker, select=fields)
    same("fields of the assistant", [sorted(each) for each in found], [sorted(fields)])


@requirement("SYS-28")
@pytest.mark.parametrize("fields", [["run_id"], ["run_id", "status"]])
async def test_runs_have_the_selected_fields_only(api: Api, runs: Runs, fields: list[str]) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, any_graph(), {})
    response = await api.get(f"/threads/{thread_id}/runs", params={"select": fields})
    same("fields of the run", [sorted(each) for each in expect(response)], [sorted(fields)])


@requirement("SYS-28")
@pytest.mark.parametrize("path", ["/threads/search", "/assistants/search"])
async def test_an_unknown_field_of_a_search_is_422(api: Api, path: str) -> None:
    expect_refusal(await api.post(path, json={"select": [UNKNOWN], "limit": 1}), 422)


@requirement("SYS-28")
async def test_an_unknown_field_of_a_run_is_422(api: Api, thread: str) -> None:
    expect_refusal(await api.get(f"/threads/{thread}/runs", params={"select": UNKNOWN}), 422)


async def search(api: Api, path: str, **body: Any) -> list[dict[str, Any]]:
    return expect(await api.post(path, json=body))
