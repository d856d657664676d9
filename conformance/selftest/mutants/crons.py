"""Crons: when they fire, and what their runs are given."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.resources import crons, schedule, scheduler


@mutant("CRN-02", "CRN-03")
def ignore_time_zones() -> None:
    """Every cron is due by UTC, whatever its timezone."""
    first_after = schedule.first_after
    schedule.first_after = lambda expression, timezone, after: first_after(expression, None, after)


@mutant("CRN-03")
def forget_the_zone_after_a_firing() -> None:
    """A cron's first date heeds its timezone, those after a firing do not."""
    next_run_date = scheduler._next_run_date
    scheduler._next_run_date = lambda cron: next_run_date({**cron, "timezone": None})


@mutant("CRN-08")
def fire_after_the_end() -> None:
    """A cron goes on firing when its end has passed."""
    crons.is_past_end = lambda cron, at: False


@mutant("CRN-08")
def forget_the_end_after_a_firing() -> None:
    """A cron's end is heeded when it is made, and forgotten once it has fired."""
    next_run_date = scheduler._next_run_date
    scheduler._next_run_date = lambda cron: next_run_date({**cron, "end_time": None})
    crons.is_past_end, heed = (lambda cron, at: False), crons.is_past_end
    first = crons.next_run_date

    def at_creation(cron, now):
        date = first(cron, now)
        return None if date is not None and heed(cron, date) else date

    from onceproof.reference_impl.api import crons as endpoints

    endpoints.crons.next_run_date = at_creation


@mutant("CRN-10")
def keep_the_date_of_the_old_schedule() -> None:
    """A changed schedule takes effect after the next firing only."""
    rewrite(
        sql.crons, "UPDATE", "next_run_date = $9", "next_run_date = coalesce(next_run_date, $9)"
    )


@mutant("CRN-04", replicas=2)
def let_every_scheduler_fire() -> None:
    """A due time makes a run for each scheduler that looks, as nothing is claimed."""
    rewrite(
        sql.crons,
        "CLAIM",
        "cron_id = $1 and next_run_date <= now()\nfor update skip locked",
        "cron_id = $1",
    )


@mutant("CRN-09")
def ignore_switching_off() -> None:
    """A cron that is switched off goes on firing."""
    first = crons.next_run_date
    crons.next_run_date = lambda cron, now: first({**cron, "enabled": True}, now)


@mutant("CRN-07")
def leave_out_the_crons_metadata() -> None:
    """The runs of a cron do not have its metadata."""
    body = crons.run_body
    crons.run_body = lambda cron: body({**cron, "metadata": {}})


@mutant("CRN-14")
def catch_up_on_every_due_time() -> None:
    """After a downtime a cron fires once for every due time that it missed."""
    next_run_date = scheduler._next_run_date
    scheduler._next_run_date = lambda cron: next_run_date({**cron, "at": cron["next_run_date"]})


@mutant("CRN-11")
def keep_firing_after_deletion() -> None:
    """A deleted cron is answered with 404, and goes on firing."""
    rewrite(
        sql.crons, "DELETE", "delete from cron where", "update cron set made_by = made_by where"
    )


@mutant("CRN-13")
def leave_the_crons_of_a_deleted_thread() -> None:
    """The crons of a deleted thread stay, and are found by a search."""
    rewrite(
        sql.threads,
        "REMOVE",
        "delete from thread where",
        "with saved as (update cron set thread_id = null where thread_id = any($1::uuid[])"
        " returning 1) delete from thread where (select count(*) >= 0 from saved) and",
    )
