"""Assistants created for a test, and their removal."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.probes import default_assistant_id

__all__ = ["Assistants", "assistants", "default_assistant_id"]

GONE = frozenset({404, 422})


class Assistants:
    """Creates assistants and remembers them; leaving the context manager deletes them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._made: set[str] = set()

    async def __aenter__(self) -> "Assistants":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.clean_up()

    async def new(self, graph_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Create an assistant that `clean_up` deletes, and return its object."""
        body = {"graph_id": graph_id or any_graph(), **fields}
        made = expect(await self._api.post("/assistants", json=body))
        self.adopt(made["assistant_id"])
        return made

    def adopt(self, assistant_id: str) -> None:
        """Note an assistant, so that `clean_up` deletes it as well."""
        self._made.add(assistant_id)

    async def patch(self, assistant_id: str, **fields: Any) -> dict[str, Any]:
        """Change an assistant and return its object."""
        return expect(await self._api.patch(f"/assistants/{assistant_id}", json=fields))

    async def get(self, assistant_id: str) -> dict[str, Any]:
        """Read an assistant and return its object."""
        return expect(await self._api.get(f"/assistants/{assistant_id}"))

    async def list_versions(self, assistant_id: str, **body: Any) -> list[dict[str, Any]]:
        """List the versions of an assistant."""
        path = f"/assistants/{assistant_id}/versions"
        return expect(await self._api.post(path, json={"limit": 100, **body}))

    async def set_latest(self, assistant_id: str, version: int) -> dict[str, Any]:
        """Make a version the latest, and return the assistant's object."""
        path = f"/assistants/{assistant_id}/latest"
        return expect(await self._api.post(path, json={"version": version}))

    async def search(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return one page of a search."""
        return expect(await self._api.post("/assistants/search", json=wanted))

    async def clean_up(self) -> None:
        """Delete every assistant that was created here, unless it is gone already."""
        paths = [f"/assistants/{assistant_id}" for assistant_id in self._made]
        self._made.clear()
        for response in await asyncio.gather(*(self._api.delete(path) for path in paths)):
            if response.status_code not in GONE:
                expect(response, 200, 204)


@pytest.fixture
async def assistants(api: Api) -> AsyncIterator[Assistants]:
    """Creates assistants, and deletes them when the test is over."""
    async with Assistants(api) as made:
        yield made
