"""A run under way, three that wait behind it, a delayed one, and one that displaces them."""

from dataclasses import dataclass
from typing import Any

from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@dataclass(frozen=True)
class Displaced:
    """The runs of the thread; only the delayed one may still be under way."""

    thread_id: str
    running: RunHandle
    waiting: list[RunHandle]
    delayed: RunHandle
    newcomer: RunHandle

    @property
    def everyone(self) -> list[RunHandle]:
        return [self.running, *self.waiting, self.delayed, self.newcomer]


async def displace(runs: Runs, sink: Sink, strategy: str, *, become: str | None) -> Displaced:
    """Play the scene and demand what both strategies share; earlier runs end as `become`."""
    __tracebackhide__ = True
    thread_id = await runs.new_thread()

    async def one_step(**body: Any) -> RunHandle:
        return await runs.create(thread_id, "chain", {"steps": 1}, **body)

    async with hold_run(runs, sink, thread_id, step=1) as running:
        waiting = [await one_step() for _ in range(3)]
        delayed = await one_step(after_seconds=60)
        newcomer = await one_step(multitask_strategy=strategy)
        for handle in [running, *waiting]:
            same("status of an earlier run", await runs.until_terminal(handle), become)
        same("status of the new run", await runs.until_terminal(newcomer), "success")
    executed = [handle.nonce for handle in waiting if sink.executions(handle.nonce)]
    same("waiting runs that were executed", executed, [])
    return Displaced(thread_id, running, waiting, delayed, newcomer)
