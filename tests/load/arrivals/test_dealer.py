"""Each arrival goes to one user of its kind, and what the generator delays is counted."""

from contextlib import suppress

import gevent
import pytest

from onceproof.load.arrivals.dealer import Dealer, NoMoreArrivals
from onceproof.load.arrivals.pace import LATE_MS, Pace, export_pace, judge_pace
from onceproof.load.arrivals.schedule import Arrival
from onceproof.load.series import histogram

WEIGHTS = {"wait": 3, "stream": 1}


def take_all(dealer: Dealer, kind: str) -> list[float]:
    found: list[float] = []
    with suppress(NoMoreArrivals):
        while True:
            found.append(dealer.take(kind))
    return found


def test_an_arrival_goes_to_the_kind_that_its_log_names() -> None:
    dealer = Dealer(iter([Arrival(0, "wait"), Arrival(0, "stream"), Arrival(0, "wait")]), WEIGHTS)
    dealer.open()
    assert len(take_all(dealer, "stream")) == 1
    assert len(take_all(dealer, "wait")) == 2
    assert (dealer.begun, dealer.is_spent) == (3, True)


def test_kinds_are_drawn_by_weight_and_none_is_lost() -> None:
    dealer = Dealer((Arrival(0) for _ in range(400)), WEIGHTS, seed=1)
    dealer.open()
    streams, waits = len(take_all(dealer, "stream")), len(take_all(dealer, "wait"))
    assert streams + waits == 400
    assert 70 < streams < 130


def test_times_are_those_of_the_schedule_whoever_takes_them_late() -> None:
    dealer = Dealer(iter([Arrival(0), Arrival(0.001), Arrival(0.002)]), {"wait": 1})
    dealer.open()
    gevent.sleep(0.01)
    first, second, third = take_all(dealer, "wait")
    assert (second - first, third - first) == pytest.approx((0.001, 0.002))
    assert dealer.delayed == 3


def test_nobody_begins_before_all_users_are_there() -> None:
    dealer = Dealer(iter([Arrival(0)]), {"wait": 1})
    taker = gevent.spawn(dealer.take, "wait")
    gevent.sleep(0)
    assert not taker.ready()
    dealer.open()
    assert taker.get(timeout=5) > 0


def test_a_free_user_waits_for_the_time_and_its_lag_is_measured() -> None:
    dealer = Dealer(iter([Arrival(0.02)]), {"wait": 1})
    dealer.open()
    dealer.take("wait")
    assert (dealer.lag.get_total_count(), dealer.delayed) == (1, 0)


def lag_of(ms: float) -> str:
    lag = histogram()
    lag.record_value(int(ms * 1000))
    return str(lag.encode().decode())


def judge(begun: int = 100, delayed: int = 0, late_ms: float = 1.0, cpu: float = 10) -> list[str]:
    pace: Pace = {"begun": begun, "delayed": delayed, "lag": lag_of(late_ms)}
    judged = judge_pace([pace], 8, cpu)
    assert judged is not None
    return judged["reasons"]


def test_a_schedule_that_was_kept_has_no_reason_to_doubt() -> None:
    assert judge() == []
    assert judge(delayed=1) == []


def test_each_bottleneck_of_the_generator_is_named() -> None:
    assert "after it was due" in judge(late_ms=2 * LATE_MS)[0]
    assert judge(delayed=2) == ["2 of 100 arrivals found all 8 users busy: give more (-u)"]
    assert "used 99 % of a CPU" in judge(cpu=99)[0]


def test_a_closed_loop_has_no_schedule_to_keep() -> None:
    assert export_pace(None) is None
    assert judge_pace([], 8, 10) is None


def test_who_is_stopped_while_waiting_leaves_the_arrival_to_another() -> None:
    dealer = Dealer(iter([Arrival(0.05)]), {"wait": 1})
    dealer.open()
    stopped = gevent.spawn(dealer.take, "wait")
    gevent.sleep(0)
    stopped.kill()
    assert len(take_all(dealer, "wait")) == 1
    assert dealer.begun == 1
