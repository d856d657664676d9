"""Cron expressions: the calendar, daylight saving time, seconds, and what is none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceproof.conformance.suite.crons.calculator import next_date
from onceproof.reference_impl.resources.schedule import BadSchedule, find_zone, first_after


def dates(expression: str, timezone: str | None, after: str, count: int) -> list[str]:
    """Return this many dates after `after`, each as its day and time in UTC."""
    found, date = [], datetime.fromisoformat(f"{after}+00:00")
    for _ in range(count):
        date = first_after(expression, timezone, date)
        found.append(f"{date:%m-%d %H:%M}")
    return found


def test_a_daily_time_moves_with_the_clocks() -> None:
    found = dates("0 12 * * *", "Europe/Paris", "2027-03-27T00:00", 2)
    assert found == ["03-27 11:00", "03-28 10:00"]
    found = dates("0 12 * * *", "Europe/Paris", "2027-10-30T00:00", 2)
    assert found == ["10-30 10:00", "10-31 11:00"]


def test_a_skipped_time_comes_right_after_the_change() -> None:
    found = dates("30 2 * * *", "Europe/Paris", "2027-03-27T00:00", 3)
    assert found == ["03-27 01:30", "03-28 01:00", "03-29 00:30"]


def test_a_repeated_time_comes_once() -> None:
    found = dates("30 2 * * *", "Europe/Paris", "2027-10-30T00:00", 3)
    assert found == ["10-30 00:30", "10-31 00:30", "11-01 01:30"]


def test_in_the_second_pass_of_an_hour_the_first_pass_is_over() -> None:
    assert dates("30 2 * * *", "Europe/Paris", "2027-10-31T01:10", 1) == ["11-01 01:30"]


def test_what_is_due_every_hour_is_due_in_both_passes() -> None:
    found = dates("30 * * * *", "Europe/Paris", "2027-10-30T23:45", 3)
    assert found == ["10-31 00:30", "10-31 01:30", "10-31 02:30"]


def test_a_midnight_that_is_skipped() -> None:
    found = dates("0 0 * * *", "Africa/Cairo", "2027-04-28T23:00", 2)
    assert found == ["04-29 22:00", "04-30 21:00"]


def test_without_a_timezone_it_is_utc() -> None:
    assert dates("0 12 * * *", None, "2027-07-01T00:00", 1) == ["07-01 12:00"]


def test_a_sixth_field_is_for_seconds_and_stands_last() -> None:
    after = datetime(2027, 1, 1, 11, tzinfo=UTC)
    assert first_after("30 12 * * * 45", None, after) == datetime(
        2027, 1, 1, 12, 30, 45, tzinfo=UTC
    )
    second = after + timedelta(microseconds=1)
    assert first_after("* * * * * *", None, second) == after + timedelta(seconds=1)


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "* * * * * * *", "60 * * * *", "* * * * * 60", "x * * * *", "*/0 * * * *"],
)
def test_what_is_no_expression(expression: str) -> None:
    with pytest.raises(BadSchedule, match="schedule"):
        first_after(expression, None, datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "* * */20 * 1L"])
def test_a_schedule_without_a_date_is_none(expression: str) -> None:
    with pytest.raises(BadSchedule):
        first_after(expression, None, datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "name", ["Nowhere/Land", "", "Europe", "../../etc/passwd", "/etc/passwd", "x" * 9999, "\ud800"]
)
def test_what_is_no_timezone(name: str) -> None:
    with pytest.raises(BadSchedule, match="timezone"):
        find_zone(name)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    """One field of an expression: anything, a number, a span or a step."""
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    step = st.integers(1, high).map(lambda n: f"*/{n}")
    return st.one_of(st.just("*"), number.map(str), span, step)


@given(
    st.tuples(field(0, 59), field(0, 23), field(1, 28), field(1, 12), st.just("*")).map(" ".join),
    st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
)
def test_it_agrees_with_a_calculator_of_the_harness(expression: str, after: datetime) -> None:
    assert first_after(expression, None, after) == next_date(expression, after)
