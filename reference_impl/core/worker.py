"""The worker: claims runs into its slots, executes them, and hands them back when it must stop."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from uuid import UUID

import asyncpg

from onceproof.reference_impl.core.containment import prepare_loop
from onceproof.reference_impl.core.engine import Engine
from onceproof.reference_impl.core.execution import Execution
from onceproof.reference_impl.core.job import Job
from onceproof.reference_impl.core.node_threads import threads_of_loop
from onceproof.reference_impl.core.quarantine import is_suspect
from onceproof.reference_impl.core.queue import CANCEL, WAKE
from onceproof.reference_impl.core.watchdog import Watchdog
from onceproof.reference_impl.database import AWAY

log = logging.getLogger(__name__)

RETRY_S = 0.5

#: Longer delays are left to the poll: runs delayed by a day need no timers for a day.
DELAY_TIMED_S = 60.0

#: What a worker process does beside its runs, until it is cancelled.
Chore = Callable[[], Coroutine[Any, Any, None]]


class Worker:
    """One process' worth of slots."""

    def __init__(
        self,
        engine: Engine,
        *,
        chores: Mapping[str, Chore] | None = None,
        owes_call: Callable[[], None] = lambda: None,
    ):
        """`chores` run beside the runs; `owes_call` is called when a run with a webhook ends."""
        self._engine = engine
        self._settings = engine.settings
        self._chores = chores or {}
        self._owes_call = owes_call
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.max = engine.settings.jobs_per_worker
        self._jobs: dict[UUID, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._draining = False
        #: Whether it has lost so many threads to nodes that its process has to be replaced.
        self.is_spent = False
        self._refused_ends = 0
        self._quarantine = engine.quarantine(engine)
        self._heartbeat = engine.heartbeat(
            self._settings, lost=self._suspect, cancelled=self._cancel
        )

    @property
    def active(self) -> int:
        return len(self._tasks)

    def count_refusals(self) -> dict[str, int]:
        """Count the refused writes of this process' attempts since it began, by kind."""
        return {
            "checkpoints_total": self._engine.checkpoints.refused,
            "ends_total": self._refused_ends,
            "events_total": self._engine.broker.refused,
        }

    async def run(self) -> None:
        """Claim and sweep until drained, or until too many threads are lost to nodes."""
        prepare_loop(self.max)
        broker = self._engine.broker
        await broker.listen(WAKE, self._on_wake)
        await broker.listen(CANCEL, self._on_cancel)
        self._heartbeat.start()
        watchdog = Watchdog.of(self._settings)
        watchdog.start()
        try:
            # A worker that claims but no longer sweeps would abandon the runs of dead workers: an
            # unexpected error in either ends both, and with them the process.
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(self._sweep(), name="sweeper")]
                for name, chore in self._chores.items():
                    beside.append(group.create_task(chore(), name=name))
                await self._claim()
                for task in beside:
                    task.cancel()
        finally:
            watchdog.stop()
            self._heartbeat.stop()

    def drain(self) -> None:
        """Stop claiming at once; `run` returns when the slots are empty or the grace is over."""
        log.info("draining: %d runs under way", self.active)
        self._draining = True
        self._wake.set()

    # -- claiming --------------------------------------------------------------------------------

    async def _claim(self) -> None:
        while not self._draining:
            self._wake.clear()
            try:
                wait_s = await self._fill()
            except AWAY as error:
                log.warning("claim failed (%s); trying again", error)
                wait_s = RETRY_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)
        await self._empty()

    async def _fill(self) -> float:
        """Claim into the free slots; returns how long to wait if no wake-up comes before."""
        poll_s = self._settings.poll_ms / 1000
        free = self.max - self.active
        if free <= 0:
            return poll_s
        runs = await self._engine.queue.claim(free, self.name, self._quarantine.free)
        for run in runs:
            self._begin(run)
        return poll_s

    def _on_wake(self, payload: bytes) -> None:
        """A run was accepted, due in `payload` seconds; one due much later is left to the poll.

        A poll would find it, too: the notice only makes it start on time.
        """
        delay_s = float(payload or 0)
        if delay_s <= 0:
            self._wake.set()
        elif delay_s < DELAY_TIMED_S:
            asyncio.get_running_loop().call_later(delay_s, self._wake.set)

    def _begin(self, run: asyncpg.Record) -> None:
        job = self._quarantine.admit(run) if is_suspect(run) else Execution(self._engine, run)
        self._jobs[run["run_id"]] = job
        self._heartbeat.hold(run["run_id"], run["attempt"])
        task = asyncio.create_task(self._see_through(job), name=f"job-{run['run_id']}")
        self._tasks.add(task)
        task.add_done_callback(self._free_slot)

    async def _see_through(self, job: Job) -> None:
        run_id = job.run["run_id"]
        try:
            await job.see_through()
        finally:
            self._heartbeat.release(run_id)
            self._refused_ends += job.refused_ends
            if self._jobs.get(run_id) is job:
                del self._jobs[run_id]
            if job.spec.webhook:
                self._owes_call()

    def _free_slot(self, task: asyncio.Task[None]) -> None:
        if threads_of_loop().are_spent and not self.is_spent:
            log.critical("too many nodes never return: this process ends, for one with its threads")
            self.is_spent = True
            self.drain()
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a job failed outside its run", exc_info=error)

    # -- stopping runs ---------------------------------------------------------------------------

    def _on_cancel(self, payload: bytes) -> None:
        run_id, _, action = payload.decode().partition(" ")
        self._cancel(UUID(run_id), action)

    def _cancel(self, run_id: UUID, action: str) -> None:
        if job := self._jobs.get(run_id):
            job.end(action)

    def _suspect(self, run_id: UUID, attempt: int) -> None:
        """A heartbeat found the lease gone."""
        job = self._jobs.get(run_id)
        if job and job.run["attempt"] == attempt:
            job.suspect()

    async def _empty(self) -> None:
        """Let runs under way finish within the grace period, then hand back the rest."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self._settings.shutdown_grace_s)
        for job in list(self._jobs.values()):
            log.info("run %s: handed back, the grace period is over", job.run["run_id"])
            job.end("shutdown")
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=10)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._settings.sweep_ms / 1000)
            try:
                await self._engine.recovery.sweep()
            except AWAY as error:
                log.warning("sweep failed (%s); trying again", error)
