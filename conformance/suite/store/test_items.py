"""One item: put, read, replaced, deleted."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from onceproof.conformance.access.media import read_media_type
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import (
    RFC3339,
    expect,
    expect_fields,
    expect_refusal,
    same,
)
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.wire.client import Api

PARALLEL = 50
VALUES: list[dict[str, Any]] = [
    {},
    {"text": "Ünïcödé 漢字 🙂", "empty": "", "none": None, "yes": True},
    {"int": -(2**53), "float": 0.1, "list": [1, [2, {"three": 3}]], "deep": {"a": {"b": {}}}},
]


@requirement("STO-01")
@pytest.mark.parametrize("value", VALUES, ids=["empty", "texts", "numbers-and-nesting"])
async def test_what_is_put_is_what_is_got(space: Space, value: dict[str, Any]) -> None:
    await space.put("k", value, "a", "b")
    item = await space.get("k", "a", "b")
    expect_fields("the item", item, ("namespace", "key", "value", "created_at", "updated_at"))
    same("the namespace", item["namespace"], space.below("a", "b"))
    same("the key", item["key"], "k")
    same("the value", item["value"], value)
    for name in ("created_at", "updated_at"):
        assert RFC3339.fullmatch(item[name]), f"{name} is {item[name]!r}, which is not a timestamp"


@requirement("STO-01")
async def test_items_differ_by_namespace_and_by_key(space: Space) -> None:
    for key, labels in (("k", ("a",)), ("k", ("b",)), ("l", ("a",)), ("k", ("a", "b"))):
        await space.put(key, {"own": [key, *labels]}, *labels)
    for key, labels in (("k", ("a",)), ("k", ("b",)), ("l", ("a",)), ("k", ("a", "b"))):
        same("the value", (await space.get(key, *labels))["value"], {"own": [key, *labels]})


@requirement("STO-02")
async def test_putting_again_replaces_the_value_and_keeps_the_birth(space: Space) -> None:
    await space.put("k", {"old": 1, "both": 1})
    first = await space.get("k")
    expect_fields("the item", first, ("created_at", "updated_at"))
    await space.put("k", {"new": 2, "both": 2})
    second = await space.get("k")
    same("the value", second["value"], {"new": 2, "both": 2})
    same("created_at", second["created_at"], first["created_at"])
    was, now = (datetime.fromisoformat(item["updated_at"]) for item in (first, second))
    assert now > was, f"updated_at was {was} and is {now}, but should be later"


@requirement("STO-03")
async def test_a_missing_item_is_null(space: Space, observe: Observed) -> None:
    await space.put("k", {}, "a")
    for key, labels in (("other", ("a",)), ("k", ()), ("k", ("a", "b"))):
        response = await space.read(key, *labels)
        body = expect(response, 200, 404)
        if response.status_code == 200:
            same(f"item {key!r} of {labels}", body, None)
        observe("missing item: 200 with null" if response.is_success else "missing item: 404")


@requirement("STO-04")
async def test_deleting_is_idempotent(space: Space) -> None:
    await space.put("k", {})
    for what in ("an item", "an item that is gone"):
        same(f"deletion of {what}", (await space.delete("k", space.root)).status_code, 204)
    absent = await space.read("k")
    assert absent.status_code == 404 or absent.json() is None, "the deleted item still exists"
    same("what a search finds", await space.keys(), [])


@requirement("STO-08")
async def test_bad_namespaces_are_refused(api: Api, space: Space) -> None:
    for label in ("", "a.b", "."):
        expect_422(await space.try_put("k", {}, label))
        expect_422(await space.try_put("k", {}, label, "below"))
    body = {"namespace": [], "key": "k", "value": {}}
    expect_refusal(await api.put("/store/items", json=body), 400)
    same("what a search finds", await space.keys(), [])


def expect_422(response: Any) -> None:
    """Expect 422, with a detail or in the accepted form of a plain sentence."""
    __tracebackhide__ = True
    if response.status_code == 422 and read_media_type(response.headers) == "text/plain":
        assert response.text.strip(), "the refusal has no text"
    else:
        expect_refusal(response, 422)


@requirement("STO-10")
@pytest.mark.parametrize("value", ["text", 1, True, None, [], [{}]], ids=repr)
async def test_a_value_that_is_no_object_is_refused(space: Space, value: Any) -> None:
    expect_refusal(await space.try_put("k", value), 422)
    same("what a search finds", await space.keys(), [])


@requirement("STO-16")
async def test_parallel_puts_leave_one_item(space: Space) -> None:
    values = [{"writer": n, "pad": "x" * n} for n in range(PARALLEL)]
    answers = await asyncio.gather(*(space.try_put("k", value) for value in values))
    wrong = [response.status_code for response in answers if not response.is_success]
    same("answers that are not a success", wrong, [])
    items = await space.search()
    same("the items", [item["key"] for item in items], ["k"])
    assert items[0]["value"] in values, f"no writer put the value {items[0]['value']!r}"
    same("the item when read", (await space.get("k"))["value"], items[0]["value"])
