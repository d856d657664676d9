"""A reader gets every event once, or learns that it has missed one."""

import pytest

from onceproof.reference_impl.core.streams.event_ids import (
    LOST,
    START,
    Event,
    Position,
    StreamGap,
    follow,
)

END = ("", "end")


def batch(*numbers: int, ms: int = 7) -> list[Event]:
    return [Event(f"{ms}-{number}", "custom", "{}") for number in numbers]


def end(number: int | None, ms: int = 7) -> Event:
    return Event("" if number is None else f"{ms}-{number}", *END)


def numbers(events: list[Event]) -> list[str]:
    return [event.id for event in events]


def test_what_follows_is_taken() -> None:
    place = Position(START)
    assert numbers(place.take(batch(0, 1))) == ["7-0", "7-1"]
    assert numbers(place.take([*batch(2), end(3)])) == ["7-2"]


def test_what_was_had_is_left_out() -> None:
    place = Position("7-1")
    assert numbers(place.take(batch(0, 1, 2))) == ["7-2"]
    assert place.take(batch(1, 2)) == []


def test_a_reader_without_an_id_begins_anywhere() -> None:
    place = Position(None)
    assert numbers(place.take(batch(5, 6))) == ["7-5", "7-6"]
    assert Position(None).take([end(9)]) == []


@pytest.mark.parametrize(
    "missing",
    [batch(1), batch(0, 2), [*batch(0), end(2)], [end(1)], [LOST, *batch(0), LOST, end(None)]],
    ids=["the first", "one between", "the last", "all", "maybe the last"],
)
def test_a_missing_event_is_noticed(missing: list[Event]) -> None:
    with pytest.raises(StreamGap, match="what came after event 0-0 is lost"):
        Position(START).take(missing)


def test_with_a_gap_nothing_is_taken() -> None:
    place = Position(START)
    with pytest.raises(StreamGap):
        place.take(batch(0, 1, 3))
    assert place.id == START
    assert numbers(place.take(batch(0, 1, 2))) == ["7-0", "7-1", "7-2"]


def test_a_new_attempt_begins_at_0() -> None:
    place = Position("7-4")
    assert numbers(place.take(batch(0, ms=9))) == ["9-0"]
    with pytest.raises(StreamGap):
        place.take(batch(1, ms=11))


def test_a_cut_connection_makes_a_new_attempt_doubtful() -> None:
    with pytest.raises(StreamGap):
        Position("7-4").take([LOST, *batch(0, ms=9)])
    assert numbers(Position("7-4").take([LOST, *batch(5)])) == ["7-5"]


def test_a_cut_connection_is_no_loss_when_the_end_says_so() -> None:
    assert Position("7-4").take([LOST, end(5)]) == []
    assert Position("7-4").take([end(None)]) == []


@pytest.mark.parametrize(
    ("after", "event", "whole"),
    [
        (START, batch(0)[0], True),
        (START, batch(3)[0], False),
        (START, end(None), True),
        (START, end(2), False),
        ("7-1", batch(2)[0], True),
        ("7-1", batch(3)[0], False),
        ("7-1", batch(0, ms=9)[0], False),
        ("7-1", end(2), True),
        ("7-1", end(4), False),
        ("7-1", end(None), False),
    ],
)
def test_a_buffer_goes_on_right_after_an_event_or_not(
    after: str, event: Event, whole: bool
) -> None:
    if whole:
        follow(after, event)
    else:
        with pytest.raises(StreamGap):
            follow(after, event)
