"""Crons created for a test, and their removal: one that is left behind makes runs for ever."""

import asyncio
from typing import Any

import httpx
import pytest

from onceproof.conformance.history.vocabulary import NO_SUCH_ROUTE
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.wire.any_graph import PROBE, any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce

PATH = "/runs/crons"

#: A schedule that does not come up while a test runs.
NEVER = "0 0 29 2 *"

GONE = frozenset({404})
ALL = 1000
#: A page size that every server accepts.
PAGE = 100


def _new_input() -> dict[str, str]:
    """Return an input that no other cron has, which identifies this one."""
    return {"nonce": new_nonce()}


def _comes_every_day(body: dict[str, Any]) -> bool:
    """Whether its runs may be executed while a test runs."""
    return str(body.get("schedule", NEVER)).split()[2:4] == ["*", "*"]


class Crons:
    """Creates crons and remembers them; leaving the context manager deletes them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._made: set[str] = set()

    async def __aenter__(self) -> "Crons":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.clean_up()

    async def ask(self, thread_id: str | None = None, **body: Any) -> httpx.Response:
        """Request a cron on a thread, or a stateless one, and return the answer, whatever it is."""
        response, _ = await self._create(thread_id, body)
        return response

    async def new(self, thread_id: str | None = None, **body: Any) -> dict[str, Any]:
        """Create a cron that `clean_up` deletes; return its object even if the answer differs."""
        response, made = await self._create(thread_id, body)
        expect(response)
        assert made is not None, "the new cron is neither in the answer nor found by a search"
        return made

    async def _create(
        self, thread_id: str | None, body: dict[str, Any]
    ) -> tuple[httpx.Response, dict[str, Any] | None]:
        path = PATH if thread_id is None else f"/threads/{thread_id}/runs/crons"
        graph = PROBE if _comes_every_day(body) else any_graph()
        wanted = {"assistant_id": graph, "schedule": NEVER, "input": _new_input(), **body}
        response = await self.api.post(path, json=wanted)
        made = None
        if response.is_success:
            shown: dict[str, Any] = response.json()
            made = shown if "cron_id" in shown else await self._find(thread_id, wanted["input"])
        if made is not None:
            self._made.add(made["cron_id"])
        return response, made

    async def _find(self, thread_id: str | None, run_input: Any) -> dict[str, Any] | None:
        """Find the newest cron with this input: a server may have answered with its first run."""
        place = {} if thread_id is None else {"thread_id": thread_id}
        found = await self.search(**place, sort_by="created_at", sort_order="desc", limit=PAGE)
        own = (each for each in found if (each.get("payload") or {}).get("input") == run_input)
        return next(own, None)

    async def patch(self, cron_id: str, **fields: Any) -> dict[str, Any]:
        """Change a cron and return its object."""
        return expect(await self.api.patch(f"{PATH}/{cron_id}", json=fields))

    async def delete(self, cron_id: str) -> httpx.Response:
        """Delete a cron now and return the answer, whatever it is."""
        return await self.api.delete(f"{PATH}/{cron_id}")

    async def search(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return one page of a search."""
        return expect(await self.api.post(f"{PATH}/search", json={"limit": ALL, **wanted}))

    async def count(self, **wanted: Any) -> int:
        """Count the crons that match."""
        return expect(await self.api.post(f"{PATH}/count", json=wanted))

    async def clean_up(self) -> None:
        """Delete every cron that was created here, unless it is gone already."""
        made = list(self._made)
        self._made.clear()
        for response in await asyncio.gather(*(self.delete(cron_id) for cron_id in made)):
            if response.status_code not in GONE:
                expect(response, 200, 204)


@pytest.fixture(scope="session")
async def has_crons(api: Api) -> bool:
    response = await api.post(f"{PATH}/search", json={"limit": 1})
    return response.status_code not in NO_SUCH_ROUTE or await claims(api, "POST", PATH)
