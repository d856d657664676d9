"""A part of the store that belongs to one test."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest

from onceproof.conformance.guest import Mark, current_guest
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.wire.client import Api

PAGE = 1000


def own_namespace() -> list[str]:
    """Return the labels with which every namespace of this run begins."""
    return (current_guest().mark or Mark()).namespace


class Space:
    """Items below a namespace that nobody else uses; leaving the context manager deletes them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.root = [*own_namespace(), uuid4().hex]

    async def __aenter__(self) -> "Space":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.clean_up()

    def below(self, *labels: str) -> list[str]:
        """Return the namespace of this space with these labels."""
        return [*self.root, *labels]

    async def put(self, key: str, value: Any, *labels: str, **more: Any) -> None:
        """Put an item into the namespace with these labels."""
        expect(await self.try_put(key, value, *labels, **more), 200, 204)

    async def try_put(self, key: str, value: Any, *labels: str, **more: Any) -> httpx.Response:
        """Put an item and return the answer, whatever it is."""
        body = {"namespace": self.below(*labels), "key": key, "value": value, **more}
        return await self._api.put("/store/items", json=body)

    async def read(self, key: str, *labels: str, **params: Any) -> httpx.Response:
        """Read one item and return the answer."""
        where = {"namespace": ".".join(self.below(*labels)), "key": key}
        return await self._api.get("/store/items", params={**where, **params})

    async def get(self, key: str, *labels: str) -> dict[str, Any]:
        """Get an item that must exist."""
        response = await self.read(key, *labels)
        item = expect(response)
        assert item is not None, f"item {key!r} was put into {self.below(*labels)}, but is missing"
        return item

    async def delete(self, key: str, namespace: Sequence[str]) -> httpx.Response:
        """Delete one item of any namespace, and return the answer."""
        body = {"namespace": list(namespace), "key": key}
        return await self._api.delete("/store/items", json=body)

    async def search(self, *labels: str, **wanted: Any) -> list[dict[str, Any]]:
        """Search below these labels, and return the items of one page."""
        body = {"namespace_prefix": self.below(*labels), **wanted}
        return expect(await self._api.post("/store/items/search", json=body))["items"]

    async def keys(self, *labels: str, **wanted: Any) -> list[str]:
        """Return the keys that a search finds, in its order."""
        return [item["key"] for item in await self.search(*labels, **wanted)]

    async def list_namespaces(self, **wanted: Any) -> list[list[str]]:
        """List one page of namespaces of this space, without their common prefix."""
        body = {"prefix": self.root, **wanted}
        found = expect(await self._api.post("/store/namespaces", json=body))["namespaces"]
        return [namespace[len(self.root) :] for namespace in found]

    async def clean_up(self) -> None:
        """Delete every item of this space."""
        for item in await self.search(limit=PAGE):
            expect(await self.delete(item["key"], item["namespace"]), 200, 204)


@pytest.fixture
async def space(api: Api) -> AsyncIterator[Space]:
    """A part of the store for this test alone, emptied when the test is over."""
    async with Space(api) as made:
        yield made
