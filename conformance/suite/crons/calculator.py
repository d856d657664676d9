"""When a schedule next falls due, calculated here: a target must not be its own judge.

Plain and slow: it tries the days from today on, one by one, and the times of each. It handles
numbers, lists, ranges and steps, but not times that a daylight saving change skips or repeats.
"""

from datetime import UTC, datetime, time, timedelta, tzinfo

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))

#: Two leap days can be eight years apart.
DAYS = 8 * 366


def next_date(expression: str, after: datetime, zone: tzinfo = UTC) -> datetime:
    """Return the first time later than `after` that matches the five fields, in UTC."""
    fields = expression.split()
    minutes, hours, days, months, weekdays = (
        _numbers(field, *bounds) for field, bounds in zip(fields, BOUNDS, strict=True)
    )
    # As in cron: if both day fields are restricted, one of them has to match, otherwise both.
    fits = any if "*" not in (fields[2], fields[4]) else all
    today = after.astimezone(zone).date()
    for date in (today + timedelta(days=n) for n in range(DAYS)):
        if date.month in months and fits((date.day in days, date.isoweekday() % 7 in weekdays)):
            for moment in (time(h, m, tzinfo=zone) for h in sorted(hours) for m in sorted(minutes)):
                if (found := datetime.combine(date, moment).astimezone(UTC)) > after:
                    return found
    raise ValueError(f"{expression!r} does not come up within {DAYS} days")


def _numbers(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start, end = (low, high) if span == "*" else (int(first), int(last or first))
        found |= set(range(start, end + 1, int(step or 1)))
    return found
