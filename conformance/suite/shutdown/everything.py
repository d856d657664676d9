"""Every process of a deployment is killed at once, amid runs in all states, and started again."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from onceproof.conformance.faults import kill_all
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.gates import create_chain, hold_runs
from onceproof.conformance.suite.kit.reads import read_history, read_state, read_thread
from onceproof.conformance.suite.kit.recovery import wait_for_recovery
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.suite.kit.verdicts import blame
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import WebhookReceiver

QUEUED = 4
DELAY_S = 5
ANSWER = "after all"


@dataclass(frozen=True)
class Killed:
    """What happened.

    `running` stood inside a step when all was killed, `queued` had not begun, `delayed` was not
    due before `due_t`; the processes were up again at `up_t` (both monotonic ns). `before` and
    `after` are what was committed, as the deployment showed it. `resumed` is the state of a thread
    that was waiting at an interrupt, answered after the restart. `calls` is how often the webhook
    of an ended run had been called by the kill, and by the end.
    """

    running: list[RunHandle]
    queued: list[RunHandle]
    delayed: RunHandle
    ends: dict[str, str | None]
    before: dict[str, Any]
    after: dict[str, Any]
    due_t: int
    up_t: int
    resumed: dict[str, Any]
    calls: tuple[int, int]


async def kill_everything(small: Small, runs: Runs, session: Session) -> Killed:
    """Play it; every run has ended when it is over."""
    sink = session.sink
    with WebhookReceiver(host=sink.host) as webhooks:
        async with Space(small.api) as space:
            ended, _ = await runs.wait(await runs.new_thread(), "chain", {}, webhook=webhooks.url)
            await space.put("kept", {"nonce": ended.nonce})
            paused, _ = await runs.wait(await runs.new_thread(), "hitl", {})
            before = await _read_everything(small, ended, space)
            async with hold_runs(runs, sink, small.slots, QUEUED, step=1) as handles:
                running = [handle for handle in handles if sink.executions(handle.nonce)]
                delayed = await create_chain(runs, after_seconds=DELAY_S)
                due_t = time.monotonic_ns() + DELAY_S * 10**9
                calls = len(webhooks.deliveries)
                nonces = [handle.nonce for handle in [*handles, delayed]]
                await asyncio.to_thread(_kill_and_start, session, small, nonces)
                up_t = time.monotonic_ns()
            after = await _read_everything(small, ended, space)
        with blame("SHD-16"):
            await runs.wait(paused.thread_id, "hitl", None, command={"resume": ANSWER})
            resumed = await read_state(small.api, str(paused.thread_id))
        ends = await wait_for_recovery(session, runs, [*handles, delayed], 60)
        await runs.final_snapshot([ended, *handles, delayed])
        return Killed(
            running,
            [handle for handle in handles if handle not in running],
            delayed,
            dict(zip(nonces, ends, strict=True)),
            before,
            after,
            due_t,
            up_t,
            resumed,
            (calls, len(webhooks.deliveries)),
        )


def _kill_and_start(session: Session, small: Small, nonces: list[str]) -> None:
    with kill_all(session, small.levers, small.names, nonces):
        pass


async def _read_everything(small: Small, ended: RunHandle, space: Space) -> dict[str, Any]:
    """All that the deployment shows of a run that has ended, and an item of the store."""
    thread_id = str(ended.thread_id)
    return {
        "run": expect(await small.api.get(ended.path)),
        "thread": await read_thread(small.api, thread_id),
        "state": await read_state(small.api, thread_id),
        "history": await read_history(small.api, thread_id),
        "item": await space.get("kept"),
    }
