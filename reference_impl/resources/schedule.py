"""Cron expressions: which instant comes next.

`cronsim` does the calendar, by the rules of Debian's cron where daylight saving time changes: a
daily date in the hour that is skipped comes right after it, one in the hour that is repeated comes
once. A sixth field is for seconds and stands last, as other servers of this API read it; cronsim
wants it first.
"""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError


class BadSchedule(ValueError):
    """The expression or the timezone cannot be used; the sentence says why."""


def find_zone(name: str | None) -> tzinfo:
    """Return the IANA timezone of that name, UTC without a name; BadSchedule if unknown."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a name; the name of a folder
        raise BadSchedule(f"there is no timezone {name[:64]!r}") from None


def first_after(expression: str, timezone: str | None, after: datetime) -> datetime:
    """Return the first time after `after` that fits, in UTC; BadSchedule if none does."""
    dates = _dates(expression, after.astimezone(find_zone(timezone)))
    try:
        # In a repeated hour the first date may be one of the hour's first pass.
        return next(utc for date in dates if (utc := date.astimezone(UTC)) > after)
    except StopIteration:
        raise BadSchedule(f"schedule {expression!r} names no date of the next 50 years") from None


def _dates(expression: str, after: datetime) -> CronSim:
    fields = expression.split()
    if len(fields) not in (5, 6):
        raise BadSchedule(
            f"schedule {expression!r} must have the five fields minute, hour, day of month, "
            "month and day of week, or these and a sixth for seconds"
        )
    if len(fields) == 6:
        fields = [fields[5], *fields[:5]]
    try:
        return CronSim(" ".join(fields), after)
    except CronSimError as error:
        raise BadSchedule(f"schedule {expression!r}: {str(error).lower()}") from None
