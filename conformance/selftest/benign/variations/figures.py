"""Lists, pages and figures: defaults, orders and ages that the register leaves to the server."""

import asyncio
import time
from typing import Any

from onceproof.conformance.selftest.benign.variation import variation
from onceproof.conformance.selftest.mutants.rewriting import rewrite_schema
from onceproof.reference_impl import http
from onceproof.reference_impl.api import (
    assistants,
    crons,
    runs,
    state,
    state_bodies,
    system,
    thread_search,
)
from onceproof.reference_impl.api.assistant_bodies import SearchIn
from onceproof.reference_impl.resources import scheduler

PERIOD_S = 4.0


@variation("STA-0", "STA-1", "SDK", "MUL-08", "CAN-05")
def give_one_entry_of_a_history() -> None:
    """A history has one entry when no limit is given.

    STA-05 accepts 10 entries and 1 entry.
    """
    state_bodies.HistoryOf.model_fields["limit"].default = 1
    state_bodies.HistoryOf.model_rebuild(force=True)
    state.DEFAULT_HISTORY = 1


@variation("SYS-26", "SYS-27", "SYS-28", "SYS-29", "THR-1", "AST-1", "RUN-12", "SDK")
def give_longer_pages() -> None:
    """Pages of threads, assistants and runs are longer when no limit is given.

    SYS-26 says what a given `limit` does, and no requirement how many come without one.
    """
    for model in (thread_search.Search, SearchIn):
        model.model_fields["limit"].default = 100
        model.model_rebuild(force=True)
    query = runs.query_int

    def longer(request: Any, name: str, default: int, **bounds: int) -> int:
        return query(request, name, 100 if name == "limit" else default, **bounds)

    runs.query_int = longer


@variation("THR-1", "SYS-26", "SYS-27", "SYS-28", "SYS-29", "SDK")
def list_threads_by_their_last_change() -> None:
    """A search for threads that names no order begins with what was changed last.

    THR-11 accepts any order when no sort is asked for.
    """
    thread_search.Search.model_fields["sort_by"].default = "updated_at"
    thread_search.Search.model_rebuild(force=True)


@variation("SYS-26", "SYS-27", "SYS-28", "SYS-29", "THR-1", "AST-1", "RUN-12")
def guess_totals_of_earlier_pages() -> None:
    """`X-Pagination-Total` is a guess on every page but the last.

    SYS-27 accepts any value on earlier pages.
    """
    page = http.page

    def guessing(rows: Any, limit: int, offset: int) -> Any:
        response = page(rows, limit, offset)
        if "x-pagination-next" in response.headers:
            response.headers["x-pagination-total"] = "100000"
        return response

    for module in (assistants, crons, runs, thread_search):
        module.page = guessing


@variation("SYS-23", "SYS-24", "SYS-25", "QUE-26", "THR-07")
def count_the_queue_now_and_then() -> None:
    """The figures of the queue are up to four seconds old.

    SYS-23 accepts numbers up to one statistics period old, which is 60 seconds by default.
    """
    read = system._figures
    kept: Any = {"at": 0.0, "queue": None}
    lock = asyncio.Lock()

    async def read_seldom(services: Any) -> Any:
        figures = await read(services)
        async with lock:
            if kept["queue"] is None or time.monotonic() - kept["at"] > PERIOD_S:
                kept.update(at=time.monotonic(), queue=figures["queue"])
        return {**figures, "queue": kept["queue"]}

    system._figures = read_seldom


@variation("CRN-14", "CRN-04")
def pass_over_missed_dates() -> None:
    """A due time that passed while the server was down makes no run.

    CRN-14 accepts one run and none until the next due time.
    """
    accept = scheduler.Scheduler._accept

    async def punctual(self: Any, connection: Any, cron: Any) -> Any:
        late_s = (cron["at"] - cron["next_run_date"]).total_seconds()
        return (None, []) if late_s > 1.5 else await accept(self, connection, cron)

    scheduler.Scheduler._accept = punctual


@variation("RUN-08", "RUN-09", "RUN-12", "QUE-12")
def date_delayed_runs_by_acceptance() -> None:
    """A delayed run is shown as created when it was accepted.

    RUN-09 accepts that `created_at` is the time of acceptance.
    """
    rewrite_schema(
        "v_due,\n        v_due, not exists", "v_due,\n        clock_timestamp(), not exists"
    )
