"""Threads made by a driver, and their removal: what is made here is deleted here."""

from collections.abc import Iterable
from typing import Any

import httpx

from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.concurrency import gather_within_limit

AT_ONCE = 8
GONE = frozenset({404, 409})


class CleanUpFailed(Exception):
    """Threads made by the harness could not be deleted."""


class Threads:
    """Makes threads and remembers them until they are deleted."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._made: dict[str, None] = {}

    async def __aenter__(self) -> "Threads":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.clean_up()

    async def new(self, **body: Any) -> str:
        """Create a thread and return its id; `httpx.HTTPStatusError` if the server refuses."""
        response = await self._api.post("/threads", json=body)
        response.raise_for_status()
        thread_id: str = response.json()["thread_id"]
        self.adopt(thread_id)
        return thread_id

    def adopt(self, thread_id: str) -> None:
        """Delete this thread too when cleaning up."""
        self._made[thread_id] = None

    async def delete(self, thread_id: str) -> httpx.Response:
        """Delete a thread now."""
        response = await self._api.delete(f"/threads/{thread_id}")
        if response.is_success:
            self._made.pop(thread_id, None)
        return response

    async def clean_up(self) -> None:
        """Delete every thread made here; those already gone (404) or refused (409) are let be."""
        problems = await gather_within_limit(map(self._remove, list(self._made)), AT_ONCE)
        self._made.clear()
        _report([problem for problem in problems if problem])

    async def _remove(self, thread_id: str) -> str | None:
        try:
            response = await self._api.delete(f"/threads/{thread_id}")
        except httpx.TransportError as error:
            return f"thread {thread_id}: {error!r}"
        if response.is_success or response.status_code in GONE:
            return None
        return f"thread {thread_id}: {response.status_code}"


def _report(problems: Iterable[str]) -> None:
    left = list(problems)
    if left:
        raise CleanUpFailed(f"{len(left)} threads are left behind, first {left[0]}")
