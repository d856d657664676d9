"""Usage reports: how many runs and nodes were executed, and nothing of what they worked on.

The counters are fed by LangChain's own callbacks, so a deployment that does not report pays
nothing for them. A report that fails is dropped and its counts go into the next one.
"""

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
from langchain_core.callbacks import BaseCallbackHandler

from onceproof.reference_impl.aio import stop_task
from onceproof.reference_impl.deployment import licence
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)

SUBMIT = "/v1/metadata/submit"
ANSWER_S = 10.0


class Usage(BaseCallbackHandler):
    """Counts executions as their callback handler, and reports the counts while it is open."""

    run_inline = True

    def __init__(self, settings: Settings):
        self._key = settings.licence_key
        self._url = settings.beacon.rstrip("/") + SUBMIT
        self._interval_s = settings.usage_interval_s
        self._counts: Counter[str] = Counter()
        self._since = datetime.now(UTC)
        self._reporting: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Usage | None":
        """Return the reporter of a deployment; None for one without an online licence key."""
        return cls(settings) if licence.is_online(settings) else None

    def on_chain_start(self, *args: Any, tags: list[str] | None = None, **about: Any) -> None:
        """Count a run, whose execution has no parent, or a node, whose execution has a step tag."""
        if about.get("parent_run_id") is None:
            self._counts["runs"] += 1
        elif any(tag.startswith("graph:step:") for tag in tags or ()):
            self._counts["nodes"] += 1

    def open(self) -> None:
        self._reporting = asyncio.create_task(self._report(), name="usage")

    async def close(self) -> None:
        """Stop reporting; the last interval's counts are not worth a delayed stop."""
        await stop_task(self._reporting)

    async def _report(self) -> None:
        async with httpx.AsyncClient(timeout=ANSWER_S) as client:
            while True:
                await asyncio.sleep(self._interval_s)
                try:
                    await self._submit(client)
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    log.info("usage was not reported (%s); it goes into the next report", error)

    async def _submit(self, client: httpx.AsyncClient) -> None:
        until, counts = datetime.now(UTC), Counter(self._counts)
        body = {
            "license": self._key,
            "from_timestamp": self._since.isoformat(),
            "to_timestamp": until.isoformat(),
            "measures": {name: counts[name] for name in ("runs", "nodes")},
        }
        answer = await client.post(self._url, json=body)
        answer.raise_for_status()
        self._counts -= counts
        self._since = until
