"""`next_run_date`: the next time that matches, in the requested timezone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.crons.beats import MINUTES, list_beats, parse_time
from onceproof.conformance.suite.crons.calculator import next_date
from onceproof.conformance.suite.kit.assertions import expect, expect_fields, same
from onceproof.conformance.suite.kit.crons import Crons
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import poll_until

SCHEDULES = [
    "* * * * *",
    "*/7 * * * *",
    "0 0 * * *",
    "15,45 9-17/2 * * 1-5",
    "30 4 1 * *",
    "0 12 31 * *",
    "59 23 28 2 *",
    "0 0 29 2 *",
    "0 6 13 * 5",
    "0 0 1 1,7 *",
]

#: A date is calculated at most this long after the cron was created or changed.
SOON = timedelta(seconds=10)

PARIS = ZoneInfo("Europe/Paris")
#: Ahead of UTC by five hours and three quarters all year.
KATHMANDU = ZoneInfo("Asia/Kathmandu")

#: A time that comes soon comes within these seconds, and a firing may be this late.
SOON_S = 75.0
LATE_S = 20.0


def expect_next_date(cron: dict[str, Any], schedule: str, since: str, zone: Any = UTC) -> None:
    """Assert that `next_run_date` follows from the schedule and the time in field `since`."""
    __tracebackhide__ = True
    date, now = parse_time(cron["next_run_date"]), parse_time(cron[since])
    want = {next_date(schedule, moment, zone) for moment in (now, now + SOON)}
    assert date in want, f"next_run_date of {schedule!r} is {date}, but should be {min(want)}"


@requirement("CRN-02")
@pytest.mark.parametrize("schedule", SCHEDULES)
async def test_the_next_date_is_that_of_the_schedule(crons: Crons, schedule: str) -> None:
    made = expect(await crons.ask(schedule=schedule))
    expect_fields("the cron", made, ["cron_id", "schedule", "next_run_date", "created_at"])
    same("schedule", made["schedule"], schedule)
    expect_next_date(made, schedule, "created_at")


@requirement("CRN-02", "CRN-03")
@pytest.mark.parametrize(
    "schedule, timezone, utc",
    [
        ("0 12 15 1 *", "Europe/Paris", "01-15 11:00"),
        ("0 12 15 7 *", "Europe/Paris", "07-15 10:00"),
        ("0 20 15 1 *", "America/New_York", "01-16 01:00"),
        ("0 20 15 7 *", "America/New_York", "07-16 00:00"),
        ("0 0 15 7 *", "Asia/Kolkata", "07-14 18:30"),
        ("0 12 15 7 *", "UTC", "07-15 12:00"),
    ],
)
async def test_the_schedule_is_read_in_its_timezone(
    crons: Crons, schedule: str, timezone: str, utc: str
) -> None:
    made = await crons.new(schedule=schedule, timezone=timezone)
    if "timezone" in made:
        same("timezone", made["timezone"], timezone)
    date = parse_time(made["next_run_date"]).astimezone(UTC)
    same("next date in UTC", f"{date:%m-%d %H:%M}", utc)


@requirement("CRN-03")
async def test_a_change_of_the_timezone_moves_the_next_date(crons: Crons) -> None:
    made = await crons.new(schedule="0 12 15 7 *")
    changed = await crons.patch(made["cron_id"], timezone="Europe/Paris")
    moved = parse_time(made["next_run_date"]) - parse_time(changed["next_run_date"])
    assert moved % timedelta(days=1) == timedelta(hours=2), f"the next date moved by {moved}"


@requirement("CRN-03")
async def test_the_timezone_holds_after_a_firing(crons: Crons) -> None:
    marker, soon = {"zone": uuid4().hex}, await choose_time_soon(crons)
    made = await crons.new(schedule=soon, timezone=KATHMANDU.key, metadata=marker)
    first = made["next_run_date"]

    async def read_date() -> str:
        [cron] = await crons.search(metadata=marker)
        return cron["next_run_date"]

    async def has_fired() -> bool:
        return await read_date() != first

    if not await poll_until(has_fired, SOON_S + LATE_S):
        inconclusive(f"a cron that is due at {first} has not fired, which CRN-04 judges")
    later = parse_time(await read_date()) - parse_time(first)
    same("the time from a date in Kathmandu to the next", later, timedelta(days=1))


async def choose_time_soon(crons: Crons) -> str:
    """Return the schedule of a daily time in Kathmandu that comes in a few seconds, or minutes."""
    now = datetime.now(KATHMANDU)
    if (await list_beats(crons))[0] == MINUTES:
        return f"{now + timedelta(minutes=1, seconds=10):%M %H} * * *"
    return f"{now + timedelta(seconds=5):%M %H * * * %S}"


@requirement("CRN-03")
async def test_a_time_that_a_change_of_daylight_saving_skips(
    crons: Crons, observe: Observed
) -> None:
    change = find_last_sunday(3, hour=1)
    date = await next_date_on_day_of(crons, change)
    if date.date() != change.date():
        observe(f"02:30 on a day that skips it: not before {date:%Y}")
        return
    observe(f"02:30 on a day that skips it: {date.astimezone(PARIS):%H:%M}")
    late = date - change
    assert timedelta(0) <= late <= timedelta(minutes=30), f"it is due {late} after the change"


@requirement("CRN-03")
async def test_a_time_that_a_change_of_daylight_saving_repeats(
    crons: Crons, observe: Observed
) -> None:
    change = find_last_sunday(10, hour=1)
    date = await next_date_on_day_of(crons, change)
    observe(f"02:30 on a day that repeats it: {date:%H:%M} UTC")
    early = abs(date - change)
    same("time from the change of the clocks", early, timedelta(minutes=30))


async def next_date_on_day_of(crons: Crons, change: datetime) -> datetime:
    """Return the next date of a cron that is due at 02:30 in Paris on the day of the change."""
    made = await crons.new(schedule=f"30 2 {change.day} {change.month} *", timezone=PARIS.key)
    date = parse_time(made["next_run_date"]).astimezone(UTC)
    if date < change - timedelta(days=1):
        inconclusive(f"another {change:%d %B} comes before the one on which the clocks change")
    return date


def find_last_sunday(month: int, *, hour: int) -> datetime:
    """Find the next last Sunday of this month, at this hour in UTC."""
    now = datetime.now(UTC)
    for year in (now.year, now.year + 1):
        last = datetime(year, month, 31, hour, tzinfo=UTC)
        found = last - timedelta(days=last.isoweekday() % 7)
        if found > now + timedelta(days=1):
            return found
    raise AssertionError("a year has a March and an October")


@requirement("CRN-10")
async def test_a_change_of_the_schedule_moves_the_next_date(crons: Crons) -> None:
    made = await crons.new(schedule="0 0 1 1 *")
    for schedule in ("30 4 1 * *", "15 6 * * 3"):
        changed = await crons.patch(made["cron_id"], schedule=schedule)
        same("schedule", changed["schedule"], schedule)
        expect_next_date(changed, schedule, "updated_at")


@requirement("CRN-10")
async def test_a_change_of_something_else_leaves_the_next_date(crons: Crons) -> None:
    made = await crons.new(schedule="0 0 1 1 *", metadata={"a": 1})
    changed = await crons.patch(made["cron_id"], metadata={"b": 2}, input={"text": "new"})
    same("next date", changed["next_run_date"], made["next_run_date"])
    same("metadata that was sent", changed["metadata"]["b"], 2)
