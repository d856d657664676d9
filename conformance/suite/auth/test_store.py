"""Store items, separated by a handler that puts the user's name before the namespace."""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.wire.client import Api


@pytest.fixture
async def space(alice: Api) -> AsyncIterator[Space]:
    """A part of alice's store, with an item in it."""
    made = Space(alice)
    await made.put("k", {"of": "alice"}, "notes")
    yield made
    expect(await made.delete("k", made.below("notes")), 200, 204)


@requirement("AUT-10")
async def test_an_item_is_its_owner_s(space: Space) -> None:
    same("the item", (await space.get("k", "notes"))["value"], {"of": "alice"})
    same("keys", await space.keys("notes"), ["k"])


@requirement("AUT-10")
async def test_nobody_else_sees_it(space: Space, bob: Api) -> None:
    params = {"namespace": ".".join(space.below("notes")), "key": "k"}
    response = await bob.get("/store/items", params=params)
    assert "alice" not in response.text, f"bob read {response.text[:200]}"
    below = {"namespace_prefix": space.root}
    found = expect(await bob.post("/store/items/search", json=below))["items"]
    same("items that bob finds", found, [])
    for wanted in ({"prefix": space.root}, {"suffix": ["notes"], "limit": 1000}):
        listed = expect(await bob.post("/store/namespaces", json=wanted))["namespaces"]
        seen = [each for each in listed if space.root[-1] in each]
        same(f"namespaces of alice's that bob lists by {wanted}", seen, [])


@requirement("AUT-10")
async def test_nobody_else_changes_it(space: Space, bob: Api) -> None:
    address = {"namespace": space.below("notes"), "key": "k"}
    own = {**address, "value": {"of": "bob"}}
    expect(await bob.put("/store/items", json=own), 200, 204)
    same("the item", (await space.get("k", "notes"))["value"], {"of": "alice"})
    expect(await bob.request("DELETE", "/store/items", json=address), 200, 204)
    same("the item", (await space.get("k", "notes"))["value"], {"of": "alice"})


@requirement("AUT-10")
async def test_no_prefix_leads_out_of_ones_own(space: Space, bob: Api) -> None:
    """Naming the other user's part of the store in full, or none at all."""
    for prefix in (["alice", *space.root], []):
        body = {"namespace_prefix": prefix, "limit": 1000}
        found = expect(await bob.post("/store/items/search", json=body))["items"]
        seen = [each for each in found if space.root[-1] in each["namespace"]]
        same(f"alice's items that bob finds below {prefix}", seen, [])
