"""A worker stalls longer than its lease and comes back: it must not do anything any more.

Each run is stopped at the end of a step, when its node has done its work and is about to hand the
result over. The answer it waits for is given while its process is paused, so the first thing it
does when it wakes is to write: the very write that must be refused. Several runs are stopped in
the same process, because a server may also notice at once that it has lost its leases, and only
one of the two can come first.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio

from onceproof.conformance.faults import pause_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import read_committed_tokens
from onceproof.conformance.suite.kit.recovery import lease_s, recovery_s
from onceproof.conformance.suite.kit.replicas import find_worker
from onceproof.conformance.suite.kit.scene import Scene, scene_of
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable
from onceproof.conformance.suite.kit.waiting import poll_until, wait_for_ends
from onceproof.conformance.targets import Levers
from onceproof.conformance.targets.capabilities import FENCING_LOG
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Execution, Sink

STEPS = 6
STOP = 2
RUNS = 12

REFUSAL_S = 20.0


#: How many writes a worker of the reference server says that it was refused.
Refusals = dict[str, int]


async def _zombie(runs: Runs, session: Session) -> tuple[Refusals, Refusals]:
    """Let a zombie write; return the refusals that its worker counted before and after."""
    levers = session.levers()
    if len(session.workers()) < 2:
        inconclusive("the target has one worker, so nothing takes over its runs while it is paused")
    async with AsyncExitStack() as held:
        handles = [await held.enter_async_context(_stop(runs, session.sink)) for _ in range(RUNS)]
        return await _wake(runs, session, levers, handles)


@asynccontextmanager
async def _stop(runs: Runs, sink: Sink) -> AsyncIterator[RunHandle]:
    where = {"step": STOP, "steps": STEPS}
    async with hold_run(runs, sink, await runs.new_thread(), held_at="end", **where) as handle:
        yield handle


async def _wake(
    runs: Runs, session: Session, levers: Levers, handles: Sequence[RunHandle]
) -> tuple[Refusals, Refusals]:
    """Pause the worker of the first run until others have taken over, and let it go on."""
    sink, limit_s = session.sink, recovery_s(session) + 30
    stopped = [sink.executions(handle.nonce)[-1] for handle in handles]
    worker = find_worker(levers, stopped[0])
    asleep = [execution for execution in stopped if find_worker(levers, execution) == worker]
    counted = await _refusals(runs.api, session, worker)
    with pause_replica(session, worker, [handle.nonce for handle in handles]):
        for handle in handles:
            sink.release(handle.nonce)
        statuses = await wait_for_ends(runs, handles, limit_s)
        same("statuses after another worker took over", set(statuses), {"success"})
        before = await _read_all(runs, handles)
    session.history.add("mark", "lease-expired-while-alive", who="harness")
    await _let_it_write(session, levers, worker)
    after = await _read_all(runs, handles)
    same("runs that the zombie changed", _describe_changes(handles, before, after), [])
    _demand_nothing_of(asleep, [tokens for _, tokens in before])
    await runs.final_snapshot(handles)
    assert_checks(session, [handle.nonce for handle in handles], "stale_commit")
    return counted, await _refusals(runs.api, session, worker)


scene = scene_of("QUE-21", _zombie)


@requirement("QUE-21")
async def test_a_zombies_late_writes_change_nothing(
    scene: Scene[tuple[Refusals, Refusals]], levers: Levers
) -> None:
    await scene()


@requirement("QUE-X1")
async def test_writes_that_are_refused_are_counted(
    scene: Scene[tuple[Refusals, Refusals]], levers: Levers, session: Session
) -> None:
    before, after = await scene()
    if not after and not session.target.offers("fencing-metrics"):
        not_applicable("the target's /metrics do not count refused writes")
    more = {name: after[name] - before[name] for name in after}
    same(f"whether refused writes were counted ({more})", any(more.values()), True)


async def _refusals(api: Api, session: Session, worker: str) -> Refusals:
    """By what was written; empty where the target does not publish them."""
    [url] = [each.own_url for each in session.target.replicas if each.name == worker]
    if url is None:
        return {}
    response = await api.get(f"{url}/metrics", params={"format": "json"})
    return dict(response.json().get("fenced", {})) if response.is_success else {}


async def _read_all(
    runs: Runs, handles: Sequence[RunHandle]
) -> list[tuple[tuple[str, str], list[tuple[int, int]]]]:
    """(status, updated_at) and the committed (step, token) pairs of each run."""

    async def one(handle: RunHandle) -> tuple[tuple[str, str], list[tuple[int, int]]]:
        run = expect(await runs.api.get(handle.path))
        return (run["status"], run["updated_at"]), await read_committed_tokens(runs, handle)

    return await asyncio.gather(*(one(handle) for handle in handles))


def _describe_changes(
    handles: Sequence[RunHandle],
    before: Sequence[tuple[Any, Any]],
    after: Sequence[tuple[Any, Any]],
) -> list[str]:
    """How each run differs that is not as it was, in (status, updated_at) or in its state."""
    return [
        f"{handle.run_id}: {was} -> {now}"
        for handle, old, new in zip(handles, before, after, strict=True)
        for was, now in zip(old, new, strict=True)
        if was != now
    ]


def _demand_nothing_of(
    asleep: Sequence[Execution], committed: Sequence[list[tuple[int, int]]]
) -> None:
    """Demand that every step is there once, and none with a token of a paused execution."""
    for pairs in committed:
        same("steps in a state", [step for step, _ in pairs], list(range(STEPS)))
    tokens = {token for pairs in committed for _, token in pairs}
    same("tokens of the zombie in a state", {one.token for one in asleep} & tokens, set())


async def _let_it_write(session: Session, levers: Levers, worker: str) -> None:
    """Give the zombie time: until the reference server logs a refusal, a lease's length else."""
    if not session.target.offers("fencing-log"):
        await anyio.sleep(lease_s(session))
        return

    async def has_refusal() -> bool:
        return FENCING_LOG in levers.log(worker)

    if not await poll_until(has_refusal, REFUSAL_S, 0.05):
        raise TimeoutError(f"the zombie's write was not refused within {REFUSAL_S:g} s")
