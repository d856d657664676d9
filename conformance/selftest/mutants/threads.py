"""Threads: their status, time to live, copies and removal."""

import time
from uuid import NAMESPACE_URL, uuid5

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite, rewrite_schema
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


@mutant("THR-01")
def give_ids_twice() -> None:
    """Two threads that are made without an id within a second are one."""
    from onceproof.reference_impl.api import threads

    def by_the_second():
        return uuid5(NAMESPACE_URL, str(int(time.time())))

    insert = threads.threads.insert

    async def insert_or_find(connection, thread_id, metadata, ttl=None):
        row = await insert(connection, thread_id, metadata, ttl)
        return row or await threads.threads.find(connection, thread_id)

    threads.uuid7, threads.threads.insert = by_the_second, insert_or_find


@mutant("THR-02")
def choose_the_id_of_a_thread() -> None:
    """The id that a client chooses for its thread is ignored."""
    from onceproof.reference_impl.api import threads

    read = threads.read_body

    async def read_without_id(request, model):
        wanted = await read(request, model)
        if model is threads.ThreadIn:
            wanted.thread_id = None
        return wanted

    threads.read_body = read_without_id


@mutant("THR-14", "THR-15")
def wait_for_the_worker_to_be_busy() -> None:
    """A thread is shown as busy only while a run of it is executed."""
    rewrite_schema("update thread set status = 'busy', updated_at", "update thread set updated_at")
    rewrite_schema(
        "and status in ('pending', 'running')\n    ) then 'busy'",
        "and status = 'running'\n    ) then 'busy'",
    )


@mutant("THR-14", "THR-19")
def keep_the_failure_of_a_thread() -> None:
    """A thread on which a run has failed stays failed when a later one succeeds."""
    rewrite_schema(
        "error = p_error, resting = p_resting",
        "error = coalesce(p_error, error), resting = p_resting",
    )
    rewrite_schema(
        "status = standing(v_thread, p_resting)",
        "status = standing(v_thread, case when coalesce(p_error, error) is null then p_resting"
        " else 'error' end)",
    )
