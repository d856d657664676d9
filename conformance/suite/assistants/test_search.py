"""Finding and counting assistants."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.lists.conditions import Condition, condition, pair_up
from onceproof.conformance.suite.kit.lists.pages import find_next_page
from onceproof.conformance.wire.client import Api


@dataclass(frozen=True)
class Four:
    """Four assistants that share a metadata key with nobody else."""

    marker: dict[str, Any]
    assistants: Assistants

    async def search_names(
        self, metadata: dict[str, Any] | None = None, **wanted: Any
    ) -> list[str]:
        """Return the names of the assistants that a search finds, in its order."""
        body = {"metadata": {**self.marker, **(metadata or {})}, "limit": 100, **wanted}
        return [each["name"] for each in await self.assistants.search(**body)]


@pytest.fixture
async def four(assistants: Assistants) -> Four:
    marker = {"dataset": uuid4().hex}
    for name, graph, more in (
        ("Banana split", "chain", {"team": {"id": 1, "at": "sea"}, "ripe": True}),
        ("apple", "echo", {"team": {"id": 2}, "ripe": True}),
        ("Cherry", "echo", {"team": {"id": 1}}),
        ("pineapple", "chain", {}),
    ):
        await assistants.new(graph, name=name, metadata={**marker, **more})
    return Four(marker, assistants)


@requirement("AST-16")
async def test_search_filters_by_graph(four: Four) -> None:
    same(
        "assistants of echo", sorted(await four.search_names(graph_id="echo")), ["Cherry", "apple"]
    )


@requirement("AST-16")
async def test_search_filters_by_contained_metadata(four: Four) -> None:
    found = await four.search_names({"team": {"id": 1}})
    same("assistants of team 1", sorted(found), ["Banana split", "Cherry"])
    same("assistants of team 3", await four.search_names({"team": {"id": 3}}), [])


@requirement("AST-16")
@pytest.mark.parametrize(
    "part, names",
    [
        ("APPLE", ["apple", "pineapple"]),
        ("bANANA sp", ["Banana split"]),
        ("e", ["Cherry", "apple", "pineapple"]),
        ("no such name", []),
    ],
)
async def test_search_filters_by_part_of_the_name(four: Four, part: str, names: list[str]) -> None:
    same(f"assistants with {part!r} in the name", sorted(await four.search_names(name=part)), names)


PAIRS = pair_up(
    (
        condition({"graph_id": "echo"}, "Cherry", "apple"),
        condition({"name": "APPLE"}, "apple", "pineapple"),
        condition({"metadata": {"team": {"id": 1}}}, "Banana split", "Cherry"),
        condition({"metadata": {"ripe": True}}, "Banana split", "apple"),
    )
)


@requirement("AST-16")
@pytest.mark.parametrize("both", PAIRS, ids=lambda both: str(both.body))
async def test_search_finds_only_what_meets_both_conditions(four: Four, both: Condition) -> None:
    found = await four.search_names(**both.body)
    same(f"assistants found by {both.body}", sorted(found), sorted(both.names))


@requirement("AST-16")
async def test_search_filters_by_all_conditions_at_once(four: Four) -> None:
    found = await four.search_names({"team": {"id": 1}}, graph_id="chain", name="BANANA")
    same("assistants", found, ["Banana split"])


@requirement("AST-17")
async def test_search_sorts_by_creation_newest_first_by_default(four: Four) -> None:
    want = ["pineapple", "Cherry", "apple", "Banana split"]
    same("the order", await four.search_names(), want)
    same(
        "the order asked for",
        await four.search_names(sort_by="created_at", sort_order="desc"),
        want,
    )


@requirement("AST-17")
async def test_search_sorts_as_it_is_asked(four: Four) -> None:
    created = ["Banana split", "apple", "Cherry", "pineapple"]
    same("oldest first", await four.search_names(sort_by="created_at", sort_order="asc"), created)
    by_id = await four.assistants.search(metadata=four.marker, sort_by="assistant_id")
    ids = [each["assistant_id"] for each in by_id]
    assert ids in (sorted(ids), sorted(ids, reverse=True)), f"ids are not sorted: {ids}"
    for order, graphs in (("asc", ["chain", "echo"]), ("desc", ["echo", "chain"])):
        found = await four.assistants.search(
            metadata=four.marker, sort_by="graph_id", sort_order=order
        )
        seen = [each["graph_id"] for each in found]
        same(f"graphs {order}", seen, [graph for graph in graphs for _ in range(2)])


@requirement("AST-17")
async def test_search_sorts_by_the_last_change(four: Four) -> None:
    [cherry] = await four.assistants.search(metadata=four.marker, name="cherry")
    await four.assistants.patch(cherry["assistant_id"], description="changed")
    found = await four.search_names(sort_by="updated_at", sort_order="desc")
    same("the most recently changed", found[0], "Cherry")
    found = await four.search_names(sort_by="updated_at", sort_order="asc")
    same("the most recently changed, sorted the other way", found[-1], "Cherry")


@requirement("AST-18")
async def test_count_agrees_with_a_walk_of_the_search(api: Api, four: Four) -> None:
    filters: list[Mapping[str, Any]] = [
        {},
        {"graph_id": "echo"},
        {"name": "APPLE"},
        {"metadata": {"team": {"id": 1}}},
        {"name": "no such name"},
        *(both.body for both in PAIRS),
    ]
    for each in filters:
        wanted = {**each, "metadata": {**four.marker, **each.get("metadata", {})}}
        counted = expect(await api.post("/assistants/count", json=wanted))
        same(f"count with {each}", counted, await count_by_pages(api, wanted))


async def count_by_pages(api: Api, wanted: dict[str, Any]) -> int:
    """Count the assistants on all pages of a search."""
    total = 0
    offset: int | None = 0
    while offset is not None:
        body = {**wanted, "limit": 2, "offset": offset}
        response = await api.post("/assistants/search", json=body)
        total += len(expect(response))
        offset = find_next_page(response, offset, 2)
    return total
