"""A deployment that works again after an outage of the stack that it shares with all others.

How soon it must is judged where the stack is broken (QUE-19, QUE-20, SHD-13, SHD-14). A server
whose connections are dead for longer than that would else be told by a later test that it cannot
fill its slots, or that it cannot stop.
"""

import asyncio
import time

import httpx

from onceproof.conformance.suite.queue.scenes import all_end
from onceproof.conformance.wire.operations import OperationError
from onceproof.conformance.wire.runs import Runs, StillRunning

LIMIT_S = 120.0
#: For the runs of one round: longer than clients of Postgres commonly wait for a connection.
ROUND_S = 40.0
PAUSE_S = 0.2


async def works_again(runs: Runs, slots: int, limit_s: float = LIMIT_S) -> bool:
    """Whether, in some round before the limit, a run for each of its slots ends well."""
    deadline = time.monotonic() + limit_s
    while not await _round_succeeds(runs, slots):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(PAUSE_S)
    return True


async def _round_succeeds(runs: Runs, slots: int) -> bool:
    try:
        threads = [await runs.new_thread() for _ in range(slots)]
        handles = [await runs.create(each, "chain", {"steps": 1}) for each in threads]
        return set(await all_end(runs, handles, ROUND_S)) == {"success"}
    except (httpx.HTTPError, OperationError, StillRunning):
        return False
