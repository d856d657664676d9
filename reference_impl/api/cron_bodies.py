"""What clients send to the endpoints of crons and receive from them."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.resources import crons, schedule
from onceproof.reference_impl.resources.fields import Body, Limit, Many, Offset, SortOrder
from onceproof.reference_impl.resources.run_bodies import RunContent, Strategy

Selectable = Literal[
    "cron_id",
    "assistant_id",
    "thread_id",
    "schedule",
    "timezone",
    "end_time",
    "enabled",
    "on_run_completed",
    "payload",
    "metadata",
    "next_run_date",
    "created_at",
    "updated_at",
]
assert set(Selectable.__args__) == set(crons.FIELDS)  # type: ignore[attr-defined]

SortBy = Literal[
    "cron_id",
    "assistant_id",
    "thread_id",
    "created_at",
    "updated_at",
    "next_run_date",
    "end_time",
]


def _schedule(expression: str) -> str:
    schedule.first_after(expression, None, datetime.now(UTC))
    return expression


def _timezone(name: str) -> str:
    schedule.find_zone(name)
    return name


def _instant(value: datetime) -> datetime:
    """In UTC, which is also what a time without a timezone is taken to be in."""
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999 in UTC") from None


Schedule = Annotated[str, Field(max_length=256), AfterValidator(_schedule)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Instant = Annotated[datetime, AfterValidator(_instant)]
OnRunCompleted = Literal["delete", "keep"]


class Timed(RunContent):
    """What is to be run, and when."""

    schedule: Schedule | None = None
    timezone: Timezone | None = None
    end_time: Instant | None = None
    enabled: bool | None = None


class CronPatch(Timed):
    """What is to be different; null clears `timezone`, `end_time` and what belongs to the run."""

    on_run_completed: OnRunCompleted | None = None


class CronIn(Timed):
    """A cron whose runs have a new thread each."""

    schedule: Schedule
    assistant_id: str
    on_run_completed: OnRunCompleted | None = None


class ThreadCronIn(Timed):
    """A cron whose runs share a thread."""

    schedule: Schedule
    assistant_id: str
    multitask_strategy: Strategy = "enqueue"


class Filter(Body):
    """Which crons: all given conditions hold; metadata matches what contains it."""

    assistant_id: str | None = None
    thread_id: UUID | None = None
    enabled: bool | None = None
    metadata: JsonObject | None = None


class SearchIn(Filter):
    limit: Limit = 10
    offset: Offset = 0
    sort_by: SortBy | None = None
    sort_order: SortOrder | None = None
    select: Many[Selectable] | None = None


class Cron(BaseModel):
    cron_id: UUID
    assistant_id: UUID
    thread_id: UUID | None
    schedule: str
    timezone: str | None
    end_time: datetime | None
    enabled: bool
    on_run_completed: OnRunCompleted | None
    payload: JsonObject
    metadata: JsonObject
    next_run_date: datetime | None
    created_at: datetime
    updated_at: datetime


#: What of a body is passed on to the runs. The metadata has a column of its own.
_PAYLOAD = {*RunContent.model_fields, "multitask_strategy"} - {"metadata"}


def payload(wanted: Timed) -> JsonObject:
    """Return what the body says about the runs, as the client said it."""
    return wanted.model_dump(mode="json", include=_PAYLOAD, exclude_unset=True)
