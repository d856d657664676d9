"""Crons as rows: what is to be run, and when next.

`next_run_date` is the only thing the scheduler goes by. It is worked out whenever the timing is
changed and whenever a run is made, always from the present, so due times that passed while no
scheduler was up do not pile up. Times are Postgres' own: a process' clock decides nothing.

A `rule` is what a cron's metadata has to fulfil for the caller (see auth/filters.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from onceproof.reference_impl import sql
from onceproof.reference_impl.database import fetch_page
from onceproof.reference_impl.resources import schedule
from onceproof.reference_impl.resources.run_bodies import RunIn, ThreadRunIn
from onceproof.reference_impl.sql.search import CRONS

#: The topic on which schedulers are notified that a cron is new or changed.
TOPIC = "crons"

#: What makes a next date; any other change leaves it as it is.
TIMING = frozenset({"schedule", "timezone", "end_time", "enabled"})
CONTENT = (
    "schedule",
    "timezone",
    "end_time",
    "enabled",
    "on_run_completed",
    "payload",
    "metadata",
    "next_run_date",
)
#: What clients see. Who made a cron is for its runs to know, and not for all who may read it.
FIELDS = ("cron_id", "assistant_id", "thread_id", *CONTENT, "created_at", "updated_at")


def next_run_date(cron: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return when it is due after `now`; None if it is disabled, or that is past its end."""
    if not cron["enabled"]:
        return None
    date = schedule.first_after(cron["schedule"], cron["timezone"], now)
    return None if is_past_end(cron, date) else date


def is_past_end(cron: Mapping[str, Any], at: datetime) -> bool:
    """Return whether the cron has an end, and `at` is not before it."""
    return cron["end_time"] is not None and at >= cron["end_time"]


async def now(connection: asyncpg.Connection) -> datetime:
    """Return the present, by the clock that due times are compared with."""
    return await connection.fetchval(sql.crons.NOW)


def run_body(cron: Mapping[str, Any]) -> RunIn:
    """Return what the cron asks for at each due time; raises ValidationError."""
    body = {**cron["payload"], "metadata": cron["metadata"]}
    if cron["thread_id"] is not None:
        return ThreadRunIn.model_validate(body)
    return RunIn.model_validate({**body, "on_completion": cron["on_run_completed"]})


# -- for the API -----------------------------------------------------------------------------------


def as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cron as the API answers it."""
    return {name: row[name] for name in FIELDS}


async def insert(connection: asyncpg.Connection, cron: Mapping[str, Any]) -> Any:
    """Create a cron and return its row; None if its assistant has just been deleted."""
    names = ("cron_id", "assistant_id", "thread_id", *CONTENT, "made_by")
    try:
        return await connection.fetchrow(sql.crons.INSERT, *(cron[name] for name in names))
    except asyncpg.ForeignKeyViolationError:
        return None


async def update(
    connection: asyncpg.Connection, cron: Mapping[str, Any], rule: str | None = None
) -> Any:
    """Replace the content of the row by that of `cron`, and return it. Needs the lock.

    None, and nothing is changed, if it would no longer fulfil the rule.
    """
    content = (cron[name] for name in CONTENT)
    return await connection.fetchrow(sql.crons.UPDATE, cron["cron_id"], *content, rule)


async def find(
    connection: asyncpg.Connection | asyncpg.Pool,
    cron_id: UUID,
    rule: str | None = None,
    *,
    lock: bool = False,
) -> Any:
    """Return the row or None; `lock` keeps the scheduler away until the transaction ends."""
    query = sql.crons.FIND_AND_LOCK if lock else sql.crons.FIND
    return await connection.fetchrow(query, cron_id, rule)


async def delete(pool: asyncpg.Pool, cron_id: UUID, rule: str | None = None) -> bool:
    """Remove a cron, after the run that is just being made; return whether there was one."""
    return await pool.fetchval(sql.crons.DELETE, cron_id, rule) is not None


async def search(
    pool: asyncpg.Pool, wanted: Mapping[str, Any], *, order: str, limit: int, offset: int
) -> list[asyncpg.Record]:
    """Return the crons that fit `wanted`, which names each condition of the search.

    `order` must be of the server's own making.
    """
    statement, values = CRONS.rows(wanted, order=order, limit=limit, offset=offset)
    return await fetch_page(pool, statement, values, limit=limit)


async def count(pool: asyncpg.Pool, wanted: Mapping[str, Any]) -> int:
    """Return how many crons a search for `wanted` finds."""
    statement, values = CRONS.count(wanted)
    return await pool.fetchval(statement, *values)


# -- for the scheduler -----------------------------------------------------------------------------


async def list_upcoming(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    """List the crons that are due (`in_s` is not positive), and the next ones that will be."""
    return await pool.fetch(sql.crons.UPCOMING)


async def claim(connection: asyncpg.Connection, cron_id: UUID) -> Any:
    """Lock and return the row, if it is still due and nobody else has it; `at` is the present."""
    return await connection.fetchrow(sql.crons.CLAIM, cron_id)


async def advance(connection: asyncpg.Connection, cron_id: UUID, date: datetime | None) -> None:
    """Set the next date of a claimed cron."""
    await connection.execute(sql.crons.ADVANCE, cron_id, date)
