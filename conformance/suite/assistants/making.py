"""Assistants made for a test, and their removal."""

import asyncio
from typing import Any

from onceproof.conformance.suite.kit.assertions import answered
from onceproof.conformance.wire.client import Api

GRAPH = "echo"
GONE = frozenset({404, 422})


class Assistants:
    """Makes assistants and remembers them; leaving its block deletes them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._made: set[str] = set()

    async def __aenter__(self) -> "Assistants":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.clean_up()

    async def new(self, graph_id: str = GRAPH, **fields: Any) -> dict[str, Any]:
        """Create an assistant that `clean_up` deletes; its object."""
        body = {"graph_id": graph_id, **fields}
        made = answered(await self._api.post("/assistants", json=body))
        self.adopt(made["assistant_id"])
        return made

    def adopt(self, assistant_id: str) -> None:
        """Delete this assistant too when cleaning up."""
        self._made.add(assistant_id)

    async def patch(self, assistant_id: str, **fields: Any) -> dict[str, Any]:
        """Change an assistant; its object."""
        return answered(await self._api.patch(f"/assistants/{assistant_id}", json=fields))

    async def get(self, assistant_id: str) -> dict[str, Any]:
        """Read an assistant; its object."""
        return answered(await self._api.get(f"/assistants/{assistant_id}"))

    async def versions(self, assistant_id: str, **body: Any) -> list[dict[str, Any]]:
        """The versions of an assistant."""
        path = f"/assistants/{assistant_id}/versions"
        return answered(await self._api.post(path, json={"limit": 100, **body}))

    async def latest(self, assistant_id: str, version: int) -> dict[str, Any]:
        """Make a version the latest; the assistant's object."""
        path = f"/assistants/{assistant_id}/latest"
        return answered(await self._api.post(path, json={"version": version}))

    async def search(self, **wanted: Any) -> list[dict[str, Any]]:
        """One page of a search."""
        return answered(await self._api.post("/assistants/search", json=wanted))

    async def clean_up(self) -> None:
        """Delete every assistant that was made here; those already gone are let be."""
        paths = [f"/assistants/{assistant_id}" for assistant_id in self._made]
        self._made.clear()
        for response in await asyncio.gather(*(self._api.delete(path) for path in paths)):
            if response.status_code not in GONE:
                answered(response, 200, 204)
