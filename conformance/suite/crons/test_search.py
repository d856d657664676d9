"""Finding and counting crons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.crons import NEVER, PATH, Crons
from onceproof.conformance.suite.kit.lists.conditions import condition, pair_up
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


@dataclass(frozen=True)
class Four:
    """Four crons that share a metadata key with nobody else; two of them are on a thread."""

    marker: dict[str, Any]
    thread_id: str
    crons: Crons

    async def search_names(
        self, metadata: dict[str, Any] | None = None, **wanted: Any
    ) -> list[str]:
        """Return the names of the crons that a search finds, in its order."""
        found = await self.crons.search(metadata={**self.marker, **(metadata or {})}, **wanted)
        return [each["metadata"]["name"] for each in found]


@pytest.fixture
async def four(crons: Crons, runs: Runs) -> Four:
    made = Four({"dataset": uuid4().hex}, await runs.new_thread(), crons)
    for name, thread_id, body in (
        ("one", None, {"schedule": "0 0 1 4 *", "assistant_id": "chain"}),
        ("two", made.thread_id, {"schedule": "0 0 1 2 *", "enabled": False}),
        ("three", None, {"schedule": NEVER, "enabled": False}),
        ("four", made.thread_id, {"schedule": "0 0 1 3 *", "assistant_id": "chain"}),
    ):
        metadata = {
            **made.marker,
            "name": name,
            "team": {"of": len(name)},
            "odd": name in ("one", "three"),
        }
        await crons.new(thread_id, metadata=metadata, **body)
    return made


CONDITIONS = (
    condition({"enabled": True}, "one", "four"),
    condition({"enabled": False}, "two", "three"),
    condition({"metadata": {"team": {"of": 3}}}, "one", "two"),
    condition({"metadata": {"odd": True}}, "one", "three"),
    condition({"thread_id": "the thread"}, "two", "four"),
    condition({"assistant_id": "chain"}, "one", "four"),
)
FILTERS = (
    condition({}, "one", "two", "three", "four"),
    condition({"metadata": {"name": "nobody"}}),
    *CONDITIONS,
    *pair_up(CONDITIONS),
    condition(
        {"assistant_id": "chain", "enabled": True, "thread_id": "the thread"},
        "four",
    ),
)


async def build_filter(four: Four, api: Api, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Build the filter to send, with the ids of the thread and of the graph's assistant."""
    body = {**wanted, "metadata": {**four.marker, **wanted.get("metadata", {})}}
    if "thread_id" in wanted:
        body["thread_id"] = four.thread_id
    if "assistant_id" in wanted:
        query = {"graph_id": wanted["assistant_id"], "metadata": {"created_by": "system"}}
        [assistant] = expect(await api.post("/assistants/search", json=query))
        body["assistant_id"] = assistant["assistant_id"]
    return body


@requirement("CRN-12")
async def test_search_filters_and_count_agrees(four: Four, api: Api) -> None:
    for each in FILTERS:
        body = await build_filter(four, api, each.body)
        found = await four.search_names(**body)
        same(f"crons found by {each.body}", sorted(found), sorted(each.names))
        same(f"crons counted by {each.body}", await four.crons.count(**body), len(each.names))


@requirement("CRN-12")
async def test_search_sorts_as_it_is_asked(four: Four) -> None:
    created = ["one", "two", "three", "four"]
    same("oldest first", await four.search_names(sort_by="created_at", sort_order="asc"), created)
    found = await four.search_names(sort_by="created_at", sort_order="desc")
    same("newest first", found, created[::-1])
    for order in ("asc", "desc"):
        found = await four.search_names({}, sort_by="next_run_date", sort_order=order, enabled=True)
        dates = [
            each["next_run_date"]
            for each in await four.crons.search(
                metadata=four.marker, sort_by="next_run_date", sort_order=order, enabled=True
            )
        ]
        same(f"next dates {order}", dates, sorted(dates, reverse=order == "desc"))


@requirement("CRN-12")
async def test_search_goes_by_pages(four: Four, api: Api) -> None:
    seen: list[str] = []
    body = {"metadata": four.marker, "limit": 3, "sort_by": "created_at", "sort_order": "asc"}
    first = await api.post(f"{PATH}/search", json=body)
    seen += [each["metadata"]["name"] for each in expect(first)]
    following = first.headers.get("x-pagination-next")
    assert following is not None, "a page that is not the last has no x-pagination-next"
    offset = int(following)
    last = await api.post(f"{PATH}/search", json={**body, "offset": offset})
    seen += [each["metadata"]["name"] for each in expect(last)]
    same("crons of both pages", seen, ["one", "two", "three", "four"])
    same("a page after the last", last.headers.get("x-pagination-next"), None)


@requirement("CRN-12")
async def test_search_gives_the_fields_that_are_selected(four: Four) -> None:
    found = await four.crons.search(metadata=four.marker, select=["cron_id", "schedule"])
    same("fields", [set(each) for each in found], [{"cron_id", "schedule"}] * 4)


@requirement("SYS-28")
@pytest.mark.parametrize("fields", [["cron_id"], ["cron_id", "schedule", "metadata"]])
async def test_crons_have_the_selected_fields_only(four: Four, fields: list[str]) -> None:
    found = await four.crons.search(metadata=four.marker, select=fields)
    same("fields of the crons", [sorted(each) for each in found], [sorted(fields)] * 4)
