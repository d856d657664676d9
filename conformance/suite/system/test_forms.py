"""The forms of timestamps and ids in everything the server returns."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import RFC3339, expect
from onceproof.conformance.suite.kit.assertions import UUID as UUID_TEXT
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

#: Clients and graphs decide what these contain; the ids of interrupts and tasks are LangGraph's,
#: and a user's id is whatever the authentication returns.
FOREIGN = frozenset(
    {"metadata", "values", "config", "context", "kwargs", "value", "tasks", "user_id"}
)


@pytest.fixture
async def api_objects(api: Api, runs: Runs, assistant: str, space: Space) -> list[Any]:
    """One object of every kind that the API returns."""
    thread_id = await runs.new_thread()
    run, _ = await runs.wait(thread_id, "chain", {"steps": 1})
    await space.put("k", {})
    return [
        expect(response)
        for response in (
            await api.get(f"/assistants/{assistant}"),
            await api.post(f"/assistants/{assistant}/versions", json={}),
            await api.get(f"/threads/{thread_id}"),
            await api.get(run.path),
            await api.get(f"/threads/{thread_id}/runs"),
            await api.get(f"/threads/{thread_id}/state"),
            await api.post(f"/threads/{thread_id}/history", json={"limit": 10}),
            await space.read("k"),
        )
    ]


@requirement("SYS-17")
async def test_timestamps_are_rfc_3339_with_an_offset(api_objects: list[Any]) -> None:
    times = [each for each in iterate_fields(api_objects) if each[0].endswith("_at")]
    wrong = [f"{name}={text!r}" for name, text in times if not RFC3339.fullmatch(str(text))]
    assert len(times) >= 10, f"only {len(times)} timestamps were found: {times}"
    assert not wrong, f"these are not RFC 3339 timestamps: {', '.join(wrong[:8])}"


@requirement("SYS-17")
async def test_ids_are_canonical_uuids(api_objects: list[Any]) -> None:
    ids = [
        each
        for each in iterate_fields(api_objects)
        if each[0].endswith("_id") and each[0] != "graph_id"
    ]
    wrong = [f"{name}={text!r}" for name, text in ids if not UUID_TEXT.fullmatch(str(text))]
    assert len(ids) >= 10, f"only {len(ids)} ids were found: {ids}"
    assert not wrong, f"these are not canonical UUIDs: {', '.join(wrong[:8])}"


def iterate_fields(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and value of every field that the server sets and that is not null."""
    if isinstance(node, list):
        for child in node:
            yield from iterate_fields(child)
    elif isinstance(node, dict):
        for name, child in node.items():
            if name in FOREIGN or child is None:
                continue
            if isinstance(child, dict | list):
                yield from iterate_fields(child)
            else:
                yield name, child


@requirement("SYS-18")
async def test_ids_of_threads_are_in_the_order_of_creation(api: Api, runs: Runs) -> None:
    ids = []
    for _ in range(8):
        ids.append(await runs.new_thread())
        expect(await api.get("/info"))  # takes over a millisecond, the resolution of the ids
    expect_order("threads", ids)


@requirement("SYS-18")
async def test_ids_of_runs_are_in_the_order_of_creation(api: Api, runs: Runs) -> None:
    ids = []
    for _ in range(8):
        thread_id = await runs.new_thread()
        run = await runs.create(thread_id, "echo", {"text": "order"})
        ids.append(run.run_id)
    expect_order("runs", ids)


def expect_order(what: str, ids: list[str]) -> None:
    """Expect the ids to sort by creation if they claim to, as UUIDs of version 7 do."""
    __tracebackhide__ = True
    versions = {UUID(id).version for id in ids}
    if versions != {7}:
        not_applicable(f"ids of {what} are UUIDs of version {versions}, which have no order")
    assert ids == sorted(ids), f"ids of {what} are not in the order of creation: {ids}"
