"""Finding, sorting and counting threads."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.lists.conditions import Condition, condition, pair_up
from onceproof.conformance.suite.threads.dataset import Dataset, make_dataset
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

STATUSES = {
    "idle": {"plain", "done"},
    "interrupted": {"asked"},
    "error": {"failed"},
    "busy": {"waiting"},
}
TIMES = ("created_at", "updated_at", "state_updated_at")
PAGE = 2


@pytest.fixture(scope="module")
async def data(api: Api, aside_history: Recorder, aside_sink: Sink) -> AsyncIterator[Dataset]:
    async with Runs(api, aside_history, aside_sink.url) as runs:
        yield await make_dataset(runs)


@requirement("THR-10")
@pytest.mark.parametrize(
    "metadata",
    [{"name": "done"}, {"nested": {"name": "done"}}, {"nested": {"list": ["done"]}}],
    ids=["key", "nested", "list"],
)
async def test_metadata_match_what_contains_them(data: Dataset, metadata: dict[str, Any]) -> None:
    same("threads found", await data.search(metadata), ["done"])


@requirement("THR-10")
async def test_metadata_that_no_thread_contains_match_none(data: Dataset) -> None:
    same("threads found", await data.search({"nested": {"name": "done", "list": [2]}}), [])


@requirement("THR-10")
@pytest.mark.parametrize(("status", "names"), STATUSES.items(), ids=STATUSES)
async def test_a_status_matches_the_threads_that_have_it(
    data: Dataset, status: str, names: set[str]
) -> None:
    same(f"threads found by status {status}", set(await data.search(status=status)), names)


@requirement("THR-10")
async def test_ids_match_the_threads_they_name(data: Dataset) -> None:
    ids = [data.ids["plain"], data.ids["failed"], str(uuid4())]
    same("threads found", set(await data.search(ids=ids)), {"plain", "failed"})


@requirement("THR-10")
async def test_values_match_what_contains_them(data: Dataset) -> None:
    values = {"nonce": data.done_nonce, "i": 2}
    same("threads found", await data.search(values=values), ["done"])
    same("threads found by values that none has", await data.search(values=values | {"i": 1}), [])


@requirement("THR-10")
async def test_all_conditions_hold_together(data: Dataset) -> None:
    same(
        "threads found if both conditions hold",
        await data.search({"name": "asked"}, status="interrupted"),
        ["asked"],
    )
    same(
        "threads found if one condition fails",
        await data.search({"name": "asked"}, status="idle"),
        [],
    )


PAIRS = pair_up(
    (
        condition({"status": "idle"}, "plain", "done"),
        condition({"ids": ["plain", "failed", "asked"]}, "plain", "failed", "asked"),
        condition({"metadata": {"patched": True}}, "asked", "plain"),
        condition({"metadata": {"ran": True}}, "done", "failed"),
    )
)


def name_ids(data: Dataset, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the conditions with the ids of the threads that they name."""
    return {**body, **({"ids": [data.ids[name] for name in body["ids"]]} if "ids" in body else {})}


@requirement("THR-10")
@pytest.mark.parametrize("both", PAIRS, ids=lambda both: str(both.body))
async def test_only_threads_that_meet_both_conditions_are_found(
    data: Dataset, both: Condition
) -> None:
    found = await data.search(**name_ids(data, both.body))
    same(f"threads found by {both.body}", sorted(found), sorted(both.names))


@requirement("THR-12")
@pytest.mark.parametrize("both", PAIRS, ids=lambda both: str(both.body))
async def test_count_heeds_both_conditions(data: Dataset, both: Condition) -> None:
    body = data.make_body(**name_ids(data, both.body))
    counted = expect(await data.api.post("/threads/count", json=body))
    same(f"threads counted by {both.body}", counted, len(both.names))


@requirement("THR-11")
@pytest.mark.parametrize("field", ["thread_id", *TIMES])
async def test_threads_are_sorted_both_ways(data: Dataset, field: str) -> None:
    def key(each: dict[str, Any]) -> Any:
        return datetime.fromisoformat(each[field]) if field in TIMES else each[field]

    threads = await data.read_all()
    expected = sorted(threads, key=lambda name: key(threads[name]))
    up = await data.search(sort_by=field, sort_order="asc")
    down = await data.search(sort_by=field, sort_order="desc")
    same(f"the order by {field}, ascending", up, expected)
    same(f"the order by {field}, descending", down, expected[::-1])


@requirement("THR-11")
async def test_threads_are_sorted_by_status_both_ways(data: Dataset) -> None:
    status_of = {name: status for status, names in STATUSES.items() for name in names}

    async def groups(order: str) -> list[str]:
        found = await data.search(sort_by="status", sort_order=order)
        return [status for status, _ in groupby(found, lambda name: status_of[name])]

    up, down = await groups("asc"), await groups("desc")
    same("groups of equal status", sorted(up), sorted(STATUSES))
    same("the order of statuses, descending", down, up[::-1])


@requirement("THR-12")
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"status": "idle"},
        {"status": "busy"},
        {"metadata": {"name": "asked"}},
        {"metadata": {"name": "nobody"}},
        {"values": {"passed": True}},
    ],
    ids=["all", "idle", "busy", "metadata", "none", "values"],
)
async def test_count_agrees_with_a_walk_of_the_search(
    data: Dataset, wanted: dict[str, Any]
) -> None:
    walked = await data.walk(PAGE, **wanted)
    same("threads that the walk visited twice", len(walked) - len(set(walked)), 0)
    counted = expect(await data.api.post("/threads/count", json=data.make_body(**wanted)))
    same("the count", counted, len(walked))
