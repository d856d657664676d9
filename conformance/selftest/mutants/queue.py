"""The queue: acceptance, claims, leases, retries, and the end of runs."""

import asyncio
from datetime import UTC, datetime

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.core import (
    execution,
    heartbeat,
    quarantine,
    queue,
    recovery,
)
from onceproof.reference_impl.core.recovery import Recovery


@mutant("QUE-15")
def give_up_without_a_word() -> None:
    """A run that has used all its attempts ends with an empty message."""
    recovery._given_up = lambda run: recovery.Outcome(
        "error",
        output={"__error__": {"error": "Error", "message": ""}},
        error={"error": "Error", "message": ""},
        resting="error",
    )


@mutant("QUE-15")
def retry_for_ever() -> None:
    """A run whose worker is lost each time is tried again without an end."""
    begin = Recovery.__init__

    def patient(self, *parts):
        begin(self, *parts)
        self._max_attempts = 10**6

    Recovery.__init__ = patient


@mutant("QUE-12")
def claim_the_newest_first() -> None:
    """Runs that nothing blocks are started in the reverse order of their creation."""
    rewrite(queue.Queue, "claim_sql", "order by r.due, r.seq", "order by r.due desc, r.seq desc")


@mutant("RUN-08")
def start_delayed_runs_at_once() -> None:
    """A run with `after_seconds` is started before its delay is over."""
    rewrite(queue.Queue, "claim_sql", "and r.due <= now()", "")


@mutant("QUE-09")
def claim_beyond_the_slots() -> None:
    """A worker executes more runs at a time than `N_JOBS_PER_WORKER` says."""
    claim = queue.Queue.claim

    async def more(self, free, name, suspects):
        return await claim(self, free + 5, name, suspects)

    queue.Queue.claim = more


@mutant("QUE-26", "SYS-23")
def count_runs_after_their_end() -> None:
    """The queue's depth counts runs that have ended."""
    rewrite(
        sql.queue,
        "COUNTS",
        "count(*) filter (where waits) as n_pending",
        "(select count(*) from run) as n_pending",
    )


@mutant("RUN-04", replicas=2, QUE_01="a run that is read before it is stored looks lost")
def acknowledge_before_commit() -> None:
    """Runs are acknowledged first and stored a moment later."""
    store = queue.Queue.accept

    async def accept(self, requests):
        self.later = asyncio.create_task(_store_later(self, requests, store))
        now = datetime.now(UTC)
        return [
            {
                **vars(request),
                "kwargs": request.spec.dump(),
                "status": "pending",
                "multitask_strategy": request.strategy,
                "created_at": now,
                "updated_at": now,
            }
            for request in requests
        ]

    queue.Queue.accept = accept


async def _store_later(self, requests, store) -> None:
    await asyncio.sleep(0.3)
    await store(self, requests)


@mutant("QUE-02", replicas=2)
def claim_without_lock() -> None:
    """Workers look for a run and take it in one statement, without locking what they found."""
    rewrite(queue.Queue, "claim_sql", "for update of r skip locked", "")
    # The pause stands for a busy machine: both workers have looked before either has taken.
    rewrite(
        queue.Queue,
        "claim_sql",
        "select r.run_id from run r",
        "select r.run_id, pg_sleep(0.05) from run r",
    )


@mutant("QUE-02", "QUE-03", replicas=2)
def never_extend_leases() -> None:
    """A node that takes longer than a lease is executed again beside itself."""
    heartbeat.Heartbeat.hold = lambda self, run_id, attempt: None


@mutant("QUE-04", "RUN-05", replicas=2)
def change_a_terminal_status() -> None:
    """A run that has ended changes its mind a moment later."""
    finish = queue.Queue.finish
    change = "update run set status = 'error', updated_at = now() where run_id = $1"

    async def change_later(self, run_id):
        await asyncio.sleep(2)
        await self._pool.execute(change, run_id)

    async def finish_and_change(self, run, outcome):
        await finish(self, run, outcome)
        self.later = asyncio.create_task(change_later(self, run["run_id"]))

    queue.Queue.finish = finish_and_change


@mutant("DEP-13", "QUE-18", replicas=2)
def keep_the_queue_in_redis() -> None:
    """Which runs may be claimed is known to Redis alone, so what it forgets is never executed."""
    accept, claim, well = queue.Queue.accept, queue.Queue.claim, queue.Queue.claim_sql
    claimable, due = "mutant:claimable", "and r.due <= now()"

    async def list_and_accept(self, requests):
        for request in requests:
            await self._broker._redis.sadd(claimable, str(request.run_id))
        return await accept(self, requests)

    async def claim_from_list(self, limit, worker, suspects=None):
        known = [item.decode() for item in await self._broker._redis.smembers(claimable)]
        listed = f"{due} and r.run_id = any('{{{','.join(known)}}}'::uuid[])"
        self.claim_sql = well.replace(due, listed)
        return await claim(self, limit, worker, suspects)

    queue.Queue.accept, queue.Queue.claim = list_and_accept, claim_from_list


@mutant("QUE-29", replicas=2)
def execute_suspects_among_others() -> None:
    """A run that has lost its worker is executed among others again, and takes that worker too."""
    quarantine.Quarantine.admit = lambda self, run: execution.Execution(self._engine, run)


_END_WITH_ERROR = """
    update run set status = 'error', ready = false, lease_until = null, ended_at = now()
    where run_id = $1 and status in ('pending', 'running')
"""
