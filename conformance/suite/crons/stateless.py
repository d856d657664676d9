"""Crons without a thread: what is left of the threads that their runs have made."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from onceproof.conformance.suite.crons.beats import Beat
from onceproof.conformance.suite.crons.making import Crons
from onceproof.conformance.suite.kit.assertions import answered
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

#: Two due times are over when two runs are waited for.
TWO_S = 20.0


@dataclass
class Stateless:
    """A stateless cron: the nonce of all its runs, how many there were, and how it left things.

    `search` is the answer of a search for its threads, and `runs` how many runs each found has.
    """

    cron: dict[str, Any]
    nonce: str
    executed: int = 0
    search: httpx.Response | None = None
    runs: list[int] = field(default_factory=list)


async def stateless(crons: Crons, beat: Beat, sink: Sink) -> dict[str, Stateless]:
    """One for each thing that can be done with a thread when its run has ended."""
    made = {}
    for name, then in KINDS.items():
        nonce = new_nonce()
        given = {"nonce": nonce, "steps": 1, "sink": sink.url}
        cron = await crons.new(assistant_id="chain", schedule=beat.schedule, input=given, **then)
        made[name] = Stateless(cron, nonce)
    return made


async def stop(crons: Crons, made: dict[str, Stateless], sink: Sink) -> None:
    """Delete them as soon as each has made two runs."""
    for each in made.values():
        await sink.async_wait_for(each.nonce, "begin", 2, timeout_s=TWO_S)
        answered(await crons.delete(each.cron["cron_id"]), 200, 204)


async def look_at(made: dict[str, Stateless], runs: Runs, sink: Sink) -> None:
    """Take down what there is of them; threads that were kept are `runs`' to delete."""
    others = await finds_others(runs.api)
    for each in made.values():
        each.executed = len(sink.executions(each.nonce))
        if others:
            continue  # they are not ours to delete
        each.search = await threads_with(runs.api, each.nonce)
        for thread in each.search.json() if each.search.is_success else []:
            runs.threads.adopt(thread["thread_id"])
            path = f"/threads/{thread['thread_id']}/runs"
            each.runs.append(len(answered(await runs.api.get(path, params={"limit": ALL}))))


async def threads_with(api: Api, nonce: str) -> httpx.Response:
    """The answer to a search for the threads whose state has this nonce."""
    return await api.post("/threads/search", json={"values": {"nonce": nonce}, "limit": ALL})


async def demand_search(api: Api) -> None:
    """Inconclusive where it finds the threads of others: that is told by THR-10."""
    if await finds_others(api):
        inconclusive("the search for threads ignores `values`, so theirs cannot be told apart")


async def finds_others(api: Api) -> bool:
    """Whether the search finds threads whose state has what no state has."""
    response = await threads_with(api, new_nonce())
    return response.is_success and bool(response.json())
