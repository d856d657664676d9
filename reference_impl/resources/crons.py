"""Crons as rows: what is to be run, and when next.

`next_run_date` is the only thing the scheduler goes by. It is worked out whenever the timing is
changed and whenever a run is made, always from the present, so due times that nobody was there
for do not pile up. Times are Postgres' own: a process' clock decides nothing.

A `rule` is what a cron's metadata has to fulfil for the one who asks (see auth/filters.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from onceproof.reference_impl.resources import schedule
from onceproof.reference_impl.resources.store_filter import Parameters

#: The topic on which schedulers are told that a cron is new or changed.
CRONS = "crons"

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

_INSERT = """
insert into cron (cron_id, assistant_id, thread_id, schedule, timezone, end_time, enabled,
                  on_run_completed, payload, metadata, next_run_date, made_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning *
"""

_UPDATE = """
update cron set schedule = $2, timezone = $3, end_time = $4, enabled = $5, on_run_completed = $6,
    payload = $7, metadata = $8, next_run_date = $9, updated_at = now()
where cron_id = $1 and permits($10, $8) returning *
"""

#: All that are due, and those that will be next, with the seconds until then. One statement, so
#: that nothing comes due unseen between a look at the due ones and a look at the next.
_UPCOMING = """
select cron_id, thread_id, extract(epoch from next_run_date - now())::float8 as in_s from cron
where next_run_date <= coalesce(
    (select min(next_run_date) from cron where next_run_date > now()), now())
order by next_run_date
"""

#: Of several schedulers one gets the row; to the others it is not there, and once the winner has
#: committed it is not due. `at` is later than the transaction's start if a lock was waited for.
_CLAIM = """
select *, clock_timestamp() as at from cron where cron_id = $1 and next_run_date <= now()
for update skip locked
"""

_ADVANCE = "update cron set next_run_date = $2 where cron_id = $1"


def next_run_date(cron: Mapping[str, Any], now: datetime) -> datetime | None:
    """When it is due after `now`; None while it is not enabled, and when that is past its end."""
    if not cron["enabled"]:
        return None
    date = schedule.first_after(cron["schedule"], cron["timezone"], now)
    return None if has_ended(cron, date) else date


def has_ended(cron: Mapping[str, Any], at: datetime) -> bool:
    """Whether its end, if it has one, is not after `at`."""
    return cron["end_time"] is not None and at >= cron["end_time"]


async def now(connection: asyncpg.Connection) -> datetime:
    """The present, by the clock that due times are compared with."""
    return await connection.fetchval("select clock_timestamp()")


# -- for the API -----------------------------------------------------------------------------------


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """The cron as JSON."""
    return {name: row[name] for name in FIELDS}


async def insert(connection: asyncpg.Connection, cron: Mapping[str, Any]) -> Any:
    """The new row, or None if its assistant has just been deleted."""
    names = ("cron_id", "assistant_id", "thread_id", *CONTENT, "made_by")
    try:
        return await connection.fetchrow(_INSERT, *(cron[name] for name in names))
    except asyncpg.ForeignKeyViolationError:
        return None


async def update(
    connection: asyncpg.Connection, cron: Mapping[str, Any], rule: str | None = None
) -> Any:
    """The row with its content replaced by that of `cron`. Needs the lock.

    None, and nothing is changed, if it would fulfil the rule no more.
    """
    content = (cron[name] for name in CONTENT)
    return await connection.fetchrow(_UPDATE, cron["cron_id"], *content, rule)


async def find(
    connection: asyncpg.Connection | asyncpg.Pool,
    cron_id: UUID,
    rule: str | None = None,
    *,
    lock: bool = False,
) -> Any:
    """The row or None; `lock` keeps the scheduler away until the transaction ends."""
    query = "select * from cron where cron_id = $1 and permits($2, metadata)"
    return await connection.fetchrow(query + (" for update" if lock else ""), cron_id, rule)


async def delete(pool: asyncpg.Pool, cron_id: UUID, rule: str | None = None) -> bool:
    """Whether there was one. A run that is just being made is waited for; none is made after."""
    query = "delete from cron where cron_id = $1 and permits($2, metadata) returning true"
    return await pool.fetchval(query, cron_id, rule) is not None


async def search(
    pool: asyncpg.Pool, wanted: Mapping[str, Any], *, order: str, limit: int, offset: int
) -> list[asyncpg.Record]:
    """Crons that fit `wanted` (see `_where`); `order` must be of the server's own making."""
    parameters = Parameters()
    return await pool.fetch(
        f"""
        select * from cron where {_where(wanted, parameters)} order by {order}, cron_id
        limit {parameters.add(limit)} offset {parameters.add(offset)}
        """,
        *parameters.values,
    )


async def count(pool: asyncpg.Pool, wanted: Mapping[str, Any]) -> int:
    """How many crons a search for `wanted` finds."""
    parameters = Parameters()
    where = _where(wanted, parameters)
    return await pool.fetchval(f"select count(*) from cron where {where}", *parameters.values)


def _where(wanted: Mapping[str, Any], parameters: Parameters) -> str:
    """`assistant_id`, `thread_id` and `enabled` equal, `metadata` contained; None is any.

    And what is found fulfils `rule`.
    """
    conditions = [f"permits({parameters.add(wanted['rule'])}::jsonpath, metadata)"]
    for name, kind in (("assistant_id", "uuid"), ("thread_id", "uuid"), ("enabled", "boolean")):
        if wanted[name] is not None:
            conditions.append(f"{name} = {parameters.add(wanted[name])}::{kind}")
    if wanted["metadata"]:
        conditions.append(f"metadata @> {parameters.add(wanted['metadata'])}::jsonb")
    return " and ".join(conditions)


# -- for the scheduler -----------------------------------------------------------------------------


async def upcoming(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    """Crons that are due (`in_s` is not positive), and the next ones that will be."""
    return await pool.fetch(_UPCOMING)


async def claim(connection: asyncpg.Connection, cron_id: UUID) -> Any:
    """The row, locked, if it is still due and nobody else has it; `at` is the present."""
    return await connection.fetchrow(_CLAIM, cron_id)


async def advance(connection: asyncpg.Connection, cron_id: UUID, date: datetime | None) -> None:
    """Set the next date of a claimed cron."""
    await connection.execute(_ADVANCE, cron_id, date)
