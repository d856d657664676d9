"""Crons made for a test, and their removal: one that is left behind makes runs for ever."""

import asyncio
from typing import Any

import httpx

from onceproof.conformance.suite.kit.assertions import answered
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce

PATH = "/runs/crons"

#: A schedule that does not come up while a test runs.
NEVER = "0 0 29 2 *"

GONE = frozenset({404})
ALL = 1000
#: A page that every server gives.
PAGE = 100


def _one_of_its_own() -> dict[str, str]:
    """An input that no other cron has, so that this one can be told apart."""
    return {"nonce": new_nonce()}


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
        response, _ = await self._asked(thread_id, body)
        return response

    async def new(self, thread_id: str | None = None, **body: Any) -> dict[str, Any]:
        """Create a cron that `clean_up` deletes; its object, also where the answer is not that."""
        response, made = await self._asked(thread_id, body)
        answered(response)
        assert made is not None, "the cron that was made is neither in the answer nor found"
        return made

    async def _asked(
        self, thread_id: str | None, body: dict[str, Any]
    ) -> tuple[httpx.Response, dict[str, Any] | None]:
        path = PATH if thread_id is None else f"/threads/{thread_id}/runs/crons"
        wanted = {"assistant_id": "echo", "schedule": NEVER, "input": _one_of_its_own(), **body}
        response = await self.api.post(path, json=wanted)
        made = None
        if response.is_success:
            shown: dict[str, Any] = response.json()
            made = shown if "cron_id" in shown else await self._found(thread_id, wanted["input"])
        if made is not None:
            self._made.add(made["cron_id"])
        return response, made

    async def _found(self, thread_id: str | None, given: Any) -> dict[str, Any] | None:
        """The newest cron with this input: a server may answer with its first run instead of it."""
        place = {} if thread_id is None else {"thread_id": thread_id}
        found = await self.search(**place, sort_by="created_at", sort_order="desc", limit=PAGE)
        own = (each for each in found if (each.get("payload") or {}).get("input") == given)
        return next(own, None)

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
