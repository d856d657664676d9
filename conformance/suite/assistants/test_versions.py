"""Each change makes a version; versions never change, and one of them is the latest."""

import asyncio
from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, expect_values, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.wire.client import Api

PARALLEL = 10
CONTENT = ("graph_id", "name", "description", "config", "context", "metadata", "version")


@requirement("AST-08")
async def test_a_patch_makes_the_next_version_with_merged_metadata(
    assistants: Assistants,
) -> None:
    made = await assistants.new(name="Ada", metadata={"a": 1, "b": 1})
    changed = await assistants.patch(made["assistant_id"], metadata={"b": 2, "c": 2})
    same("the version", changed["version"], 2)
    expect_values("the metadata", changed["metadata"], {"a": 1, "b": 2, "c": 2})
    same("what is read", await assistants.get(made["assistant_id"]), changed)


@requirement("AST-08")
async def test_a_patch_keeps_the_fields_that_it_leaves_out(assistants: Assistants) -> None:
    made = await assistants.new(
        name="Ada", description="d", context={"tenant": "one"}, metadata={"a": 1}
    )
    changed = await assistants.patch(made["assistant_id"], name="Grace")
    kept = [name for name in CONTENT if name not in ("name", "version")]
    same("the name", changed["name"], "Grace")
    same("the rest", {n: changed[n] for n in kept}, {n: made[n] for n in kept})


@requirement("AST-09")
async def test_versions_are_listed_newest_first(assistants: Assistants) -> None:
    made = (await assistants.new(name="version 1"))["assistant_id"]
    for number in (2, 3, 4):
        await assistants.patch(made, name=f"version {number}")
    listed = await assistants.list_versions(made)
    want = [(number, f"version {number}") for number in (4, 3, 2, 1)]
    same("the versions", [(each["version"], each["name"]) for each in listed], want)
    page = await assistants.list_versions(made, limit=2, offset=1)
    same("a page of them", [each["version"] for each in page], [3, 2])


@requirement("AST-09")
async def test_versions_never_change(assistants: Assistants) -> None:
    made = (await assistants.new(name="one", metadata={"a": 1}))["assistant_id"]
    await assistants.patch(made, name="two", context={"tenant": "two"})
    before = await assistants.list_versions(made)
    await assistants.patch(made, name="three", metadata={"a": 3})
    await assistants.set_latest(made, 1)
    await assistants.patch(made, description="four")
    after = await assistants.list_versions(made)
    same("the first two versions", after[-2:], before)


@requirement("AST-10")
async def test_latest_moves_the_assistant_to_that_version(api: Api, assistants: Assistants) -> None:
    first = await assistants.new(name="one", metadata={"a": 1}, context={"tenant": "one"})
    made = first["assistant_id"]
    second = await assistants.patch(made, name="two", metadata={"a": 2}, context={"tenant": "two"})
    for number, version in ((1, first), (2, second), (1, first)):
        same(
            "the answer",
            select_content(await assistants.set_latest(made, number)),
            select_content(version),
        )
        for place in range(len(api.urls)):
            shown = expect(await api.get(f"/assistants/{made}", at=place))
            same(f"what replica {place} shows", select_content(shown), select_content(version))


@requirement("AST-10")
async def test_an_unknown_version_is_404(api: Api, assistants: Assistants) -> None:
    made = await assistants.new()
    path = f"/assistants/{made['assistant_id']}/latest"
    expect_refusal(await api.post(path, json={"version": 99}), 404)
    same("the assistant", await assistants.get(made["assistant_id"]), made)


@requirement("AST-11")
async def test_a_patch_after_going_back_makes_a_version_after_the_highest(
    assistants: Assistants,
) -> None:
    made = (await assistants.new(name="one", metadata={"a": 1}))["assistant_id"]
    await assistants.patch(made, name="two")
    await assistants.patch(made, name="three")
    await assistants.set_latest(made, 1)
    changed = await assistants.patch(made, metadata={"b": 1})
    same("the version", changed["version"], 4)
    same("its name", changed["name"], "one")
    expect_values("its metadata", changed["metadata"], {"a": 1, "b": 1})
    numbers = [each["version"] for each in await assistants.list_versions(made)]
    same("the versions", numbers, [4, 3, 2, 1])


@requirement("AST-24")
async def test_parallel_patches_lose_no_version(assistants: Assistants) -> None:
    made = (await assistants.new(metadata={"all": 0}))["assistant_id"]
    patches = [assistants.patch(made, metadata={f"k{n}": n}) for n in range(PARALLEL)]
    numbers = sorted(each["version"] for each in await asyncio.gather(*patches))
    same("the versions that were answered", numbers, list(range(2, PARALLEL + 2)))
    listed = [each["version"] for each in await assistants.list_versions(made)]
    same("the versions that are listed", listed, list(range(PARALLEL + 1, 0, -1)))
    merged = (await assistants.get(made))["metadata"]
    expect_values("the metadata", merged, {"all": 0, **{f"k{n}": n for n in range(PARALLEL)}})


def select_content(assistant: dict[str, Any]) -> dict[str, Any]:
    """Select the fields that belong to a version."""
    return {name: assistant[name] for name in CONTENT}
