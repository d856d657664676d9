"""All workers are gone: the API still serves, and its metrics show that nobody executes runs."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from onceproof.conformance.faults import kill_all
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import create_chain, hold_run
from onceproof.conformance.suite.kit.recovery import longer_than_a_lease_s
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually, poll_until
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: Numbers may be as old as one period of the server's statistics, 60 s by default.
PERIOD_S = 65.0

AGE = re.compile(r"(^|[._])(age|wait|waiting|oldest)([._]|$)")
LIVE_WORKERS = re.compile(r"workers?.*[._](a?live|count)|(a?live|n)_workers")


@asynccontextmanager
async def kill_workers(small: Small, session: Session, nonces: list[str]) -> AsyncIterator[None]:
    """Kill all workers, and keep the API, for the length of the block."""
    if not session.options.has_roles:
        inconclusive("each process of the target executes runs, so none is left without them")
    with kill_all(session, small.levers, small.workers, nonces):
        yield


async def read_figures(api: Api) -> dict[str, float]:
    """Return every number in the metrics by its path."""
    body = expect(await api.get("/metrics", params={"format": "json"}))
    return dict(_flatten("", body))


def _flatten(path: str, found: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from _flatten(f"{path}{name}.", value)
        elif isinstance(value, int | float):
            yield f"{path}{name}", value


@requirement("SYS-36")
async def test_metrics_show_that_a_run_waits_for_a_worker(
    small: Small, small_runs: Runs, session: Session
) -> None:
    async with kill_workers(small, session, []):
        handle = await create_chain(small_runs)
        first = await read_figures(small.api)
        ages = {name for name in first if AGE.search(name)}
        workers = {name for name in first if LIVE_WORKERS.search(name)}
        if not ages | workers:
            raise AssertionError(
                f"the metrics say neither how long runs wait nor how many workers are alive; they "
                f"have {', '.join(first)}"
            )

        async def shows_it() -> bool:
            now = await read_figures(small.api)
            grown = any(now.get(name, 0) > first[name] for name in ages)
            return grown or any(now.get(name) == 0 for name in workers)

        same("whether they show it", await poll_until(shows_it, PERIOD_S), True)
        same("status meanwhile", await small_runs.status(handle), "pending")
    same("status once workers are back", await small_runs.until_terminal(handle, 60), "success")


@requirement("SYS-36")
async def test_metrics_count_no_run_whose_worker_is_gone(
    small: Small, small_runs: Runs, session: Session, sink: Sink
) -> None:
    limit_s = longer_than_a_lease_s(session) + PERIOD_S

    async def count() -> float | None:
        return (await read_figures(small.api)).get("queue.n_running")

    async with hold_run(small_runs, sink, await small_runs.new_thread()) as handle:
        if not await poll_until(lambda: _is(count, 1), PERIOD_S):
            inconclusive("queue.n_running does not count a run that is under way either")
        async with kill_workers(small, session, [handle.nonce]):
            sink.release(handle.nonce)
            await expect_eventually("queue.n_running", count, 0, within_s=limit_s)
    same("status once workers are back", await small_runs.until_terminal(handle, 60), "success")


async def _is(read: Callable[[], Awaitable[object]], want: object) -> bool:
    return await read() == want
