"""Listing namespaces."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.wire.client import Api

ALL = [["a"], ["a", "b"], ["a", "b", "c"], ["a", "x", "c"], ["ab"], ["d", "b"], ["d", "c"]]


@pytest.fixture
async def filled_space(space: Space) -> Space:
    """A space with two items in each namespace of ALL."""
    for labels in ALL:
        for key in ("k", "l"):
            await space.put(key, {}, *labels)
    return space


@requirement("STO-09")
async def test_each_namespace_is_listed_once(filled_space: Space) -> None:
    same("the namespaces", sorted(await filled_space.list_namespaces()), ALL)


@requirement("STO-09")
async def test_a_prefix_and_a_suffix_match_whole_labels(api: Api, filled_space: Space) -> None:
    depth = len(filled_space.root)
    below_a = await filled_space.list_namespaces(prefix=filled_space.below("a"))
    same("those below a", sorted(below_a), [["a"], ["a", "b"], ["a", "b", "c"], ["a", "x", "c"]])
    same(
        "those that end in b",
        sorted(await filled_space.list_namespaces(suffix=["b"])),
        [["a", "b"], ["d", "b"]],
    )
    both = await filled_space.list_namespaces(prefix=filled_space.below("a"), suffix=["c"])
    same("those below a that end in c", sorted(both), [["a", "b", "c"], ["a", "x", "c"]])
    cut = await filled_space.list_namespaces(prefix=filled_space.below("a"), max_depth=depth + 2)
    same("those below a, two labels deep", sorted(cut), [["a"], ["a", "b"], ["a", "x"]])
    by_suffix = expect(
        await api.post("/store/namespaces", json={"suffix": filled_space.below("d", "b")})
    )
    same("the one with this whole suffix", by_suffix["namespaces"], [filled_space.below("d", "b")])


@requirement("STO-09")
async def test_max_depth_cuts_off_and_lists_once(filled_space: Space) -> None:
    depth = len(filled_space.root)
    same(
        "one label deep",
        sorted(await filled_space.list_namespaces(max_depth=depth + 1)),
        [["a"], ["ab"], ["d"]],
    )
    two = sorted(await filled_space.list_namespaces(max_depth=depth + 2))
    same("two labels deep", two, [["a"], ["a", "b"], ["a", "x"], ["ab"], ["d", "b"], ["d", "c"]])


@requirement("STO-09")
async def test_limit_and_offset_page_through_the_namespaces(filled_space: Space) -> None:
    pages = [await filled_space.list_namespaces(limit=4, offset=offset) for offset in (0, 4, 8)]
    same("sizes of pages of 4", [len(page) for page in pages], [4, 3, 0])
    same("the namespaces of all pages", sorted(each for page in pages for each in page), ALL)


@requirement("STO-09")
async def test_a_namespace_without_items_is_not_listed(filled_space: Space) -> None:
    for key in ("k", "l"):
        await filled_space.delete(key, filled_space.below("ab"))
    same(
        "the namespaces",
        sorted(await filled_space.list_namespaces()),
        [each for each in ALL if each != ["ab"]],
    )
