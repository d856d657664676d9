"""The worker: claims runs into its slots, executes them, and hands them back when it must stop."""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from onceproof.reference_impl.core.attempt import Attempt
from onceproof.reference_impl.core.checkpoints.fenced import Fenced
from onceproof.reference_impl.core.checkpoints.writer import StorageAway
from onceproof.reference_impl.core.containment import prepare_loop
from onceproof.reference_impl.core.engine import Engine
from onceproof.reference_impl.core.queue import CANCEL, WAKE
from onceproof.reference_impl.core.run import Outcome, Superseded
from onceproof.reference_impl.database import AWAY

log = logging.getLogger(__name__)

#: How long to go on writing a finished run's status while Postgres is away. Longer gains nothing:
#: the lease has expired by then, and another attempt repeats the last super-step.
FINISH_PATIENCE_S = 30.0
RETRY_S = 0.5

#: Longer delays are left to the poll: runs delayed by a day need no timers for a day.
DELAY_TIMED_S = 60.0

#: What a worker process does beside its runs, until it is cancelled.
Chore = Callable[[], Coroutine[Any, Any, None]]


@dataclass
class Job:
    """A run in one of the worker's slots.

    `stop` says why it has to stop, if it has to; `suspected` that its lease seems to be lost.
    """

    run: asyncpg.Record
    attempt: Attempt
    task: asyncio.Task[Outcome]
    stop: str | None = None
    suspected: bool = False

    def end(self, why: str) -> None:
        """Stop the execution, unless it is over: then its end is being stored."""
        if not self.task.done() and self.stop is None:
            self.stop = why
            self.task.cancel()


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
        self._refused_ends = 0
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
        """Claim and sweep until drained."""
        prepare_loop(self.max)
        broker = self._engine.broker
        await broker.listen(WAKE, self._on_wake)
        await broker.listen(CANCEL, self._on_cancel)
        self._heartbeat.start()
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
        runs = await self._engine.queue.claim(free, self.name)
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
        attempt = Attempt(self._engine, run)
        execution = asyncio.create_task(attempt.execute(), name=f"run-{run['run_id']}")
        job = self._jobs[run["run_id"]] = Job(run, attempt, execution)
        self._heartbeat.hold(run["run_id"], run["attempt"])
        if run["cancel"]:
            job.end(run["cancel"])
        task = asyncio.create_task(self._see_through(job), name=f"job-{run['run_id']}")
        self._tasks.add(task)
        task.add_done_callback(self._free_slot)

    def _free_slot(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a job failed outside its run", exc_info=error)

    # -- one run, from its execution to its end ----------------------------------------------------

    async def _see_through(self, job: Job) -> None:
        run_id = job.run["run_id"]
        try:
            await asyncio.wait({job.task})
            await self._conclude(job)
        except (Fenced, Superseded) as why:
            log.warning("fenced: run %s given up by this worker: %s", run_id, why)
        except (StorageAway, *AWAY) as error:
            log.warning("run %s: Postgres is away (%s); its lease will expire", run_id, error)
        finally:
            self._heartbeat.release(run_id)
            if self._jobs.get(run_id) is job:
                del self._jobs[run_id]
            if job.attempt.spec.webhook:
                self._owes_call()

    async def _conclude(self, job: Job) -> None:
        queue, attempt = self._engine.queue, job.attempt
        if job.stop == "superseded":
            raise Superseded("another attempt holds its lease")
        if job.stop == "shutdown":
            await attempt.settle()
            if not await queue.hand_back(job.run["run_id"], job.run["attempt"]):
                self._refused_ends += 1
            return
        if job.stop == "rollback":
            await self._offer_end(job, lambda: queue.undo(job.run))
            return
        outcome = await attempt.cancel() if job.stop else await self._outcome(job)
        await attempt.settle()
        await self._offer_end(job, lambda: queue.finish(job.run, outcome))

    async def _outcome(self, job: Job) -> Outcome:
        if job.task.cancelled():  # by the node itself: nobody asked for it
            return await job.attempt.fail(asyncio.CancelledError())
        error = job.task.exception()
        if error is None:
            return job.task.result()
        if isinstance(error, Fenced | StorageAway):
            raise error
        log.info("run %s raised %s: %s", job.run["run_id"], type(error).__name__, error)
        return await job.attempt.fail(error)

    async def _offer_end(self, job: Job, end: Callable[[], Awaitable[None]]) -> None:
        """Retry the end of the run until Postgres takes it; the fence makes that safe."""
        deadline = time.monotonic() + FINISH_PATIENCE_S
        while True:
            try:
                return await end()
            except Superseded:
                self._refused_ends += 1
                raise
            except AWAY as error:
                if time.monotonic() > deadline:
                    raise
                log.warning(
                    "run %s: its end was not stored (%s); trying again", job.run["run_id"], error
                )
                await asyncio.sleep(RETRY_S)

    # -- stopping runs ---------------------------------------------------------------------------

    def _on_cancel(self, payload: bytes) -> None:
        run_id, _, action = payload.decode().partition(" ")
        self._cancel(UUID(run_id), action)

    def _cancel(self, run_id: UUID, action: str) -> None:
        if job := self._jobs.get(run_id):
            job.end(action)

    def _suspect(self, run_id: UUID, attempt: int) -> None:
        """A heartbeat found the lease gone: the second time in a row, the execution is stopped.

        Not at the first, because a run that is just ending looks the same. There is no hurry: what
        a zombie writes is refused where it is written, whether it has heard of its loss or not.
        """
        job = self._jobs.get(run_id)
        if job and job.run["attempt"] == attempt:
            if job.suspected:
                job.end("superseded")
            job.suspected = True

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
