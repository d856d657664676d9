"""When a schedule comes next, worked out here: a target is not to be its own judge.

Plain and slow: the days from today on, one by one, and the times of each. It knows numbers,
lists, spans and steps, and no time that a change of daylight saving skips or repeats.
"""

from datetime import UTC, datetime, time, timedelta, tzinfo

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))

#: Between two 29 February lie up to eight years.
DAYS = 8 * 366


def next_date(expression: str, after: datetime, zone: tzinfo = UTC) -> datetime:
    """The first time later than `after` that fits the five fields, in UTC."""
    fields = expression.split()
    minutes, hours, days, months, weekdays = (
        _numbers(field, *bounds) for field, bounds in zip(fields, BOUNDS, strict=True)
    )
    # As cron has it: a day fits one of the two if both are restricted, and both otherwise.
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
