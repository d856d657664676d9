"""Threads: their status, time to live, copies and removal."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql


@mutant("THR-04")
def replace_metadata() -> None:
    """A PATCH replaces a thread's metadata instead of merging it."""
    rewrite(sql.threads, "CHANGE", "metadata = metadata || $2::jsonb", "metadata = $2::jsonb")


@mutant("THR-04")
def keep_the_time_of_the_last_change() -> None:
    """A PATCH does not advance the thread's `updated_at`."""
    rewrite(sql.threads, "CHANGE", "updated_at = now(),", "")


@mutant("THR-08", STA_03="the copy's checkpoint names a parent that it does not have")
def copy_without_history() -> None:
    """A copy of a thread has its latest checkpoint only."""
    rewrite(
        sql.threads,
        "COPY_CHECKPOINTS",
        "where thread_id = $1 order by seq",
        "where thread_id = $1 order by seq desc limit 1",
    )


@mutant("THR-22")
def prune_to_two_checkpoints() -> None:
    """Pruning leaves the last two checkpoints of a thread."""
    rewrite(
        sql.threads,
        "PRUNE_CHECKPOINTS",
        "seq <\n"
        "(select max(seq) from checkpoint l where l.thread_id = c.thread_id and l.ns = c.ns)",
        "seq not in (select seq from checkpoint l where l.thread_id = c.thread_id and l.ns = c.ns"
        " order by seq desc limit 2)",
    )


@mutant("THR-06")
def keep_the_state_of_deleted_threads() -> None:
    """A thread that is created again under the id of a deleted one has the old state."""
    rewrite(sql.threads, "REMOVE_CHECKPOINTS", "= any($1::uuid[])", "= any($1::uuid[]) and false")


@mutant("THR-25")
def forget_the_time_to_live() -> None:
    """A thread's own time to live is not stored at its creation."""
    rewrite(
        sql.threads,
        "INSERT",
        "coalesce($3::jsonb, default_thread_ttl())",
        "coalesce(nullif($3::jsonb, $3::jsonb), default_thread_ttl())",
    )


@mutant("THR-23")
def never_expire() -> None:
    """A thread outlives its time to live."""
    rewrite(
        sql.threads, "DUE_TO_EXPIRE", "where look_at < now()", "where false and look_at < now()"
    )


@mutant("STA-34")
def prune_what_the_state_is_made_of() -> None:
    """Pruning removes the checkpoints that delta channels are rebuilt from."""
    rewrite(
        sql.threads,
        "PRUNE_CHECKPOINTS",
        "and not exists (select from checkpoint d where d.thread_id = c.thread_id\n"
        "                and d.metadata ? 'counters_since_delta_snapshot')",
        "",
    )


@mutant("THR-12")
def hide_busy_threads_from_counts() -> None:
    """A count by status finds no busy threads."""
    from onceproof.reference_impl.sql.search import Search

    count = Search.count

    def without_busy(self, wanted):
        statement, values = count(self, wanted)
        return (
            statement + " and status <> 'busy'" if self.table == "thread" else statement
        ), values

    Search.count = without_busy
