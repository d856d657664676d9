"""Several runs on one thread, and their cancellation."""

import asyncio

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite, rewrite_schema
from onceproof.reference_impl import sql
from onceproof.reference_impl.core.execution import Execution
from onceproof.reference_impl.core.heartbeat import Heartbeat
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.run import ThreadBusy


@mutant("MUL-09")
def interrupt_the_running_run_only() -> None:
    """Under `interrupt` and `rollback` runs that are pending stay in the queue."""
    rewrite(sql.queue, "ACTIVE_RUNS", "status in ('pending', 'running')", "status = 'running'")


@mutant("MUL-08")
def take_rollback_for_interrupt() -> None:
    """Under `rollback` the earlier run is interrupted, and its state stays."""
    make_way = Queue._make_way

    async def interrupt(self, connection, request):
        if request.strategy == "rollback":
            request.strategy = "interrupt"
        return await make_way(self, connection, request)

    Queue._make_way = interrupt


@mutant("CAN-05")
def roll_back_the_run_and_keep_its_state() -> None:
    """A rollback deletes the run, and its checkpoints stay."""
    rewrite(sql.queue, "FORGET_CHECKPOINTS", "and run_id = $2", "and run_id = $2 and false")


@mutant("CAN-06")
def cancel_too_late() -> None:
    """A cancel of a finished run is answered as if it had done something."""
    cancel = Queue.cancel

    async def pretend(self, run_id, action):
        status = await cancel(self, run_id, action)
        return "running" if status not in (None, "pending", "running") else status

    Queue.cancel = pretend


@mutant("CAN-04")
def execute_cancelled_runs_later() -> None:
    """A pending run that is cancelled is shown as interrupted, and executed when its turn comes."""
    rewrite(
        sql.queue,
        "END_PENDING",
        "set status = 'interrupted', cancel = $2, ready = false, ended_at = now(),",
        "set cancel = nullif($2, $2),",
    )


@mutant("CAN-09")
def cancel_runs_of_every_status() -> None:
    """A cancel of all pending runs also ends those that are running."""
    rewrite(
        sql.runs,
        "CANCELLABLE",
        "r.status = any($1)",
        "r.status in ('pending', 'running') and $1::text[] is not null",
    )


@mutant("CAN-18")
def keep_the_slot_of_a_cancelled_run() -> None:
    """The slot of a cancelled run stays taken for half a minute."""
    see_through = Execution.see_through

    async def linger(self):
        await see_through(self)
        if self.stop in ("interrupt", "rollback"):
            await asyncio.sleep(30)

    Execution.see_through = linger


@mutant("MUL-03")
def queue_by_chance() -> None:
    """The next run of a thread is any of those that wait."""
    rewrite_schema("order by due, seq limit 1", "order by random() limit 1")


@mutant("THR-15")
def rest_between_runs() -> None:
    """A thread is shown as idle between two of its runs."""
    rewrite_schema(
        "thread_id = p_thread and status in ('pending', 'running')\n    ) then",
        "thread_id = p_thread and status = 'running'\n    ) then",
    )


@mutant("THR-16")
def stay_busy_after_an_error() -> None:
    """A thread stays busy when its last run failed."""
    rewrite_schema(
        "status = standing(v_thread, p_resting)",
        "status = case when p_status = 'error' then 'busy' else standing(v_thread, p_resting) end",
    )


@mutant("QUE-04")
def touch_runs_after_their_end() -> None:
    """The `updated_at` of a run moves when another of its thread ends."""
    rewrite_schema(
        "v_promoted := promote(v_thread);",
        "v_promoted := promote(v_thread);\n    update run set updated_at = clock_timestamp()"
        " where thread_id = v_thread and status = 'success';",
    )


@mutant("MUL-05", replicas=2)
def reject_by_an_early_look() -> None:
    """Whether a thread is free is looked up before its lock is taken."""
    accept = Queue.accept

    async def look_and_accept(self, requests):
        for request in requests:
            if request.strategy == "reject":
                if await self._pool.fetch(sql.queue.ACTIVE_RUNS, request.thread_id):
                    raise ThreadBusy("busy")
                request.strategy = "enqueue"
        return await accept(self, requests)

    Queue.accept = look_and_accept


@mutant("CAN-01", "REP-03", replicas=2)
def ignore_cancels() -> None:
    """Cancelling a running run is answered and then forgotten."""
    cancel, begin = Queue.cancel, Heartbeat.__init__

    async def look_only(self, run_id, action):
        status = await self._pool.fetchval("select status from run where run_id = $1", run_id)
        return status if status == "running" else await cancel(self, run_id, action)

    def deaf(self, settings, *, lost, cancelled):
        begin(self, settings, lost=lost, cancelled=lambda run_id, action: None)

    Queue.cancel, Heartbeat.__init__ = look_only, deaf
