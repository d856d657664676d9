"""The queue: acceptance, claims, leases, retries, and the end of runs."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.core import queue, recovery
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
