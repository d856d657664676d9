"""Crons without a thread: what remains of the threads that their runs created."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from onceproof.conformance.suite.crons.beats import Beat
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.crons import Crons
from onceproof.conformance.suite.kit.reads import ALL
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

KINDS: dict[str, dict[str, Any]] = {
    "default": {},
    "delete": {"on_run_completed": "delete"},
    "keep": {"on_run_completed": "keep"},
}

#: How long to wait for the runs of two due times.
TWO_S = 20.0


@dataclass
class Stateless:
    """A stateless cron: the nonce of all its runs, how many there were, and what they left behind.

    `search` is the answer to a search for its threads, `runs` the number of runs on each of them.
    """

    cron: dict[str, Any]
    nonce: str
    executed: int = 0
    search: httpx.Response | None = None
    runs: list[int] = field(default_factory=list)


async def create_stateless(crons: Crons, beat: Beat, sink: Sink) -> dict[str, Stateless]:
    """Create one stateless cron for each value of `on_run_completed`."""
    made = {}
    for name, then in KINDS.items():
        nonce = new_nonce()
        knobs = {"nonce": nonce, "steps": 1, "sink": sink.url}
        cron = await crons.new(assistant_id="chain", schedule=beat.schedule, input=knobs, **then)
        made[name] = Stateless(cron, nonce)
    return made


async def stop_stateless(crons: Crons, made: dict[str, Stateless], sink: Sink) -> None:
    """Stop the crons, each as soon as it has made two runs, by deleting them."""
    for each in made.values():
        await sink.async_wait_for(each.nonce, "begin", 2, timeout_s=TWO_S)
        expect(await crons.delete(each.cron["cron_id"]), 200, 204)


async def inspect_stateless(made: dict[str, Stateless], runs: Runs, sink: Sink) -> None:
    """Inspect what they left behind; `runs` adopts the threads that were kept, and deletes them."""
    others = await search_finds_others(runs.api)
    for each in made.values():
        each.executed = len(sink.executions(each.nonce))
        if others:
            continue  # they are not ours to delete
        each.search = await search_threads(runs.api, each.nonce)
        for thread in each.search.json() if each.search.is_success else []:
            runs.threads.adopt(thread["thread_id"])
            path = f"/threads/{thread['thread_id']}/runs"
            each.runs.append(len(expect(await runs.api.get(path, params={"limit": ALL}))))


async def search_threads(api: Api, nonce: str) -> httpx.Response:
    """Search for the threads whose state has this nonce, and return the answer."""
    return await api.post("/threads/search", json={"values": {"nonce": nonce}, "limit": ALL})


async def require_search(api: Api) -> None:
    """Skip as inconclusive if the search ignores `values`, which THR-10 reports."""
    if await search_finds_others(api):
        inconclusive("the thread search ignores `values`, so it cannot find the threads of a cron")


async def search_finds_others(api: Api) -> bool:
    """Return whether the search for a nonce that no state has finds any threads."""
    response = await search_threads(api, new_nonce())
    return response.is_success and bool(response.json())
