"""Crons made for a test, and their removal: one that is left behind makes runs for ever."""

import asyncio
from typing import Any

import httpx

from conformance.suite.expect import answered
from conformance.wire.client import Api

PATH = "/runs/crons"

#: A schedule that does not come up while a test runs.
NEVER = "0 0 29 2 *"

GONE = frozenset({404})
ALL = 1000


class Crons:
    """Makes crons and remembers them; leaving its block deletes them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._made: set[str] = set()

    async def __aenter__(self) -> "Crons":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.clean_up()

    async def ask(self, thread_id: str | None = None, **body: Any) -> httpx.Response:
        """Ask for a cron on a thread, or for a stateless one; the answer, whatever it is."""
        path = PATH if thread_id is None else f"/threads/{thread_id}/runs/crons"
        wanted = {"assistant_id": "echo", "schedule": NEVER, "input": {}, **body}
        response = await self.api.post(path, json=wanted)
        if response.is_success:
            self._made.add(response.json()["cron_id"])
        return response

    async def new(self, thread_id: str | None = None, **body: Any) -> dict[str, Any]:
        """Create a cron that `clean_up` deletes; its object."""
        made: dict[str, Any] = answered(await self.ask(thread_id, **body))
        return made

    async def patch(self, cron_id: str, **fields: Any) -> dict[str, Any]:
        """Change a cron; its object."""
        return answered(await self.api.patch(f"{PATH}/{cron_id}", json=fields))

    async def delete(self, cron_id: str) -> httpx.Response:
        """Delete a cron now; the answer, whatever it is."""
        return await self.api.delete(f"{PATH}/{cron_id}")

    async def search(self, **wanted: Any) -> list[dict[str, Any]]:
        """One page of a search."""
        return answered(await self.api.post(f"{PATH}/search", json={"limit": ALL, **wanted}))

    async def count(self, **wanted: Any) -> int:
        """How many crons there are of a kind."""
        return answered(await self.api.post(f"{PATH}/count", json=wanted))

    async def clean_up(self) -> None:
        """Delete every cron that was made here; those already gone are let be."""
        made = list(self._made)
        self._made.clear()
        for response in await asyncio.gather(*(self.delete(cron_id) for cron_id in made)):
            if response.status_code not in GONE:
                answered(response, 200, 204)
