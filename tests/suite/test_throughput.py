"""What a second worker must bring, and when nothing can be said of it."""

import pytest

from onceproof.conformance.suite.queue.test_throughput import judge


def test_twice_as_much_passes_however_busy_the_machine_was() -> None:
    judge(4.0, 7.5, 100.0)


def test_no_more_than_before_fails_where_the_machine_had_more_to_give() -> None:
    with pytest.raises(AssertionError, match=r"2 workers finish 4\.5 runs per second"):
        judge(4.0, 4.5, 60.0)


def test_on_a_machine_without_anything_left_it_is_inconclusive() -> None:
    with pytest.raises(pytest.skip.Exception, match="99 % busy"):
        judge(4.0, 4.5, 99.0)
