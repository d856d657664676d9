"""overlap and thread_overlap: one attempt of a run at a time, and one run of a thread."""

from itertools import combinations
from random import Random

import pytest

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import begin, end, fault, invoke, ok, ping
from tests.checks.brute_force import Alive
from tests.checks.judge_records import (
    collect_accusations,
    create,
    judge,
    list_sentences,
    passes,
)
from tests.checks.sample_sizes import EXAMPLES


def test_two_attempts_at_once():
    records = [*create(), begin("a", 1), begin("a", 2), ping("a", 1), ping("a", 2)]
    [finding] = judge("overlap", *records).findings
    assert finding.sentence == (
        "step 0 of run a (token 2) began while step 0 of run a (token 1) was alive"
    )
    assert finding.records == (2, 3)


def test_attempts_that_touch_do_not_overlap():
    records = [begin("a", 1, at=1), ping("a", 1, at=5), begin("a", 2, at=5), ping("a", 2, at=9)]
    assert passes("overlap", *create(), *records)


def test_an_attempt_begun_in_the_middle_of_another_overlaps_even_without_a_sign():
    records = [begin("a", 1, at=1), begin("a", 2, at=3), ping("a", 1, at=5)]
    assert list_sentences("overlap", *create(), *sorted(records, key=lambda each: each.t))


def test_steps_of_a_fan_out_run_side_by_side():
    records = [begin("a", 1, 0), begin("a", 2, 1), end("a", 1), end("a", 2)]
    assert passes("overlap", *create(), *records)
    assert list_sentences("overlap", *create(steps=2), *records)


def test_the_newest_rival_decides_whether_a_fault_excuses():
    """The long attempt spans a fault; the two short ones meet long after it."""
    long = [begin("a", 1, at=1), *kill_at(2, 3)]
    short = [begin("a", 2, at=50), begin("a", 3, at=55), end("a", 3, at=56), end("a", 2, at=60)]
    found = list_sentences("overlap", *create(), *long, *short, end("a", 1, at=100))
    assert found == ["step 0 of run a (token 3) began while step 0 of run a (token 2) was alive"]


def kill_at(start: int, stop: int) -> list[Record]:
    return [fault("kill", "inject", at=start), fault("kill", "heal", at=stop)]


def test_what_goes_on_after_a_cancel_may_meet_the_cancelled_step():
    cancel = [invoke("run.cancel", "a"), ok("run.cancel", "a")]
    signs = [begin("a", 1), *cancel, begin("a", 2), end("a", 1), end("a", 2)]
    assert judge("overlap", *create(steps=1), *signs).findings == ()


def test_two_runs_of_a_thread():
    both = [*create("a"), *create("b"), begin("a", 1), begin("b", 2), end("a", 1), end("b", 2)]
    assert list_sentences("thread_overlap", *both) == [
        "run b began on thread t1 while run a was alive"
    ]


def test_a_run_that_is_executed_again_after_its_end_does_not_span_what_came_between():
    """What it does again is for `duplicate` and `resurrected` to find, and no overlap."""
    first = [begin("a", 1), end("a", 1), ok("run.status", "a", status="success")]
    first += [begin("b", 2), end("b", 2)]
    runs = [*create("a"), *create("b")]
    assert passes("thread_overlap", *runs, *first, begin("a", 3), end("a", 3))
    beside = [begin("b", 3), begin("a", 4), end("b", 3), end("a", 4)]
    found = list_sentences("thread_overlap", *runs, *first, *beside)
    assert found == ["run a began on thread t1 while run b was alive"]


def test_attempts_that_meet_after_the_end_of_their_run_are_one_run():
    """As on a server whose leases are never extended, and which shows the end of the first."""
    over = ok("run.status", "a", status="success")
    late = [begin("a", 2), begin("a", 3), end("a", 2), end("a", 3)]
    assert passes("thread_overlap", *create("a"), begin("a", 1), end("a", 1), over, *late)
    assert passes("thread_overlap", *create("a"), begin("a", 1), over, *late, end("a", 1))


@pytest.mark.parametrize("strategy", ["interrupt", "rollback"])
def test_an_interrupted_run_may_wind_up_beside_its_successor(strategy: str):
    successor = create("b", strategy=strategy)
    signs = [begin("a", 1), *successor, begin("b", 2), end("a", 1), end("b", 2)]
    assert passes("thread_overlap", *create("a"), *signs)


def test_a_fault_of_either_run_of_a_thread_excuses():
    for nonce in "ab":
        stop = [fault("stop", phase, nonces=[nonce]) for phase in ("inject", "heal")]
        signs = [begin("a", 1), *stop, begin("b", 2), end("b", 2), end("a", 1)]
        assert passes("thread_overlap", *create("a"), *create("b"), *signs)


def test_the_successor_of_an_interrupting_run_waits_for_it():
    signs = [begin("b", 1), begin("c", 2), end("b", 1), end("c", 2)]
    runs = [*create("b", strategy="interrupt"), *create("c")]
    assert list_sentences("thread_overlap", *runs, *signs) == [
        "run c began on thread t1 while run b was alive"
    ]


SECOND = 10**9


@pytest.mark.parametrize(("seconds", "findings"), [(9, 0), (11, 1)])
def test_an_excuse_ends_some_time_after_the_fault(seconds: int, findings: int):
    """A worker that was paused past its lease, and never learns that another took over."""
    begins = [begin("a", 1, at=1), *kill_at(2, 3), begin("a", 2, at=4)]
    lives = [end("a", 1, at=seconds * SECOND), end("a", 2, at=20 * SECOND)]
    found = list_sentences("overlap", *create("a", at=0), *begins, *lives)
    both = "step 0 of run a (token 1) and step 0 of run a (token 2)"
    assert found == [f"{both} were both alive long after the fault"] * findings


def test_the_excuse_of_a_fault_that_heals_later_ends_later():
    begins = [begin("a", 1, at=1), fault("kill", "inject", at=2), begin("a", 2, at=4)]
    heal = fault("kill", "heal", at=5 * SECOND, recovery_ms=1000)
    lives = [end("a", 1, at=15 * SECOND), end("a", 2, at=20 * SECOND)]
    assert passes("overlap", *create("a", at=0), *begins, heal, *lives)


def test_two_runs_of_a_thread_long_after_a_fault():
    begins = [begin("a", 1, at=1), *kill_at(2, 3), begin("b", 2, at=4)]
    lives = [end("a", 1, at=11 * SECOND), end("b", 2, at=20 * SECOND)]
    runs = [*create("a", at=0), *create("b", at=0)]
    assert list_sentences("thread_overlap", *runs, *begins, *lives) == [
        "run a and run b were both alive on thread t1 long after the fault"
    ]


def test_attempts_that_met_before_the_cancel_are_no_less_two():
    signs = [begin("a", 1, at=1), begin("a", 2, at=2)]
    cancel = [invoke("run.cancel", "a", at=3), ok("run.cancel", "a", at=4)]
    last = [end("a", 1, at=5), end("a", 2, at=6)]
    assert list_sentences("overlap", *create("a", at=0), *signs, *cancel, *last)


def test_a_run_that_is_cancelled_has_its_thread_to_itself_until_then():
    runs = [*create("a", at=0), *create("b", at=0)]
    cancel = [invoke("run.cancel", "a", at=3), ok("run.cancel", "a", at=4)]
    last = [end("a", 1, at=8), end("b", 2, at=9)]
    early = [begin("a", 1, at=1), begin("b", 2, at=2), *cancel]
    late = [begin("a", 1, at=1), *cancel, begin("b", 2, at=5)]
    assert list_sentences("thread_overlap", *runs, *early, *last)
    assert passes("thread_overlap", *runs, *late, *last)


def test_who_displaces_a_run_waits_no_longer_than_until_it_was_asked_for():
    early = [begin("a", 1, at=1), begin("b", 2, at=2)]
    displacing = create("c", at=3, strategy="interrupt")
    last = [end("a", 1, at=4), end("b", 2, at=5)]
    runs = [*create("a", at=0), *create("b", at=0)]
    assert list_sentences("thread_overlap", *runs, *early, *displacing, *last)


def test_attempts_of_a_run_accuse_the_attempts_and_runs_of_a_thread_the_runs():
    twice = [begin("a", 1, at=1), begin("a", 2, at=2), end("a", 1, at=3), end("a", 2, at=4)]
    beside = [begin("a", 1, at=1), begin("b", 2, at=2), end("a", 1, at=3), end("b", 2, at=4)]
    runs = [*create("a", at=0), *create("b", at=0)]
    assert set(collect_accusations(*runs, *twice)) == {"overlap"}
    assert set(collect_accusations(*runs, *beside)) == {"thread_overlap"}


def some_spans(rng: Random) -> dict[int, tuple[str, Alive]]:
    """Executions of a few runs by token: tokens are handed out in the order of the begins."""
    spans = sorted(sorted((rng.randrange(12), rng.randrange(12))) for _ in range(rng.randrange(5)))
    return {n: (rng.choice("abc"), Alive(*each)) for n, each in enumerate(spans, 1)}


def test_each_judges_its_own_subject_in_any_history():
    """Runs a and b are on one thread, c has one to itself; compared over all pairs."""
    rng, both = Random(5), 0
    for _ in range(max(2000, EXAMPLES)):
        alive = some_spans(rng)
        signs = [
            sign
            for token, (nonce, span) in alive.items()
            for sign in (begin(nonce, token, at=span.start), ping(nonce, token, at=span.stop))
        ]
        runs = [*create("a", at=-2), *create("b", at=-2), *create("c", "t2", at=-2)]
        records = [*runs, *sorted(signs, key=lambda each: each.t)]
        own = [meet(x, y) for (m, x), (n, y) in combinations(alive.values(), 2) if m == n]
        whole = [span_of(nonce, alive) for nonce in "ab" if span_of(nonce, alive)]
        others = len(whole) == 2 and meet(*whole)
        assert bool(list_sentences("overlap", *records)) == any(own), alive
        assert bool(list_sentences("thread_overlap", *records)) == others, alive
        both += any(own) and others
    assert both


def meet(one: Alive, other: Alive) -> bool:
    """Whether one begins strictly within the other, or they share more than a point."""
    older, newer = sorted((one, other), key=lambda each: (each.start, each.stop))
    together = newer.start < min(older.stop, newer.stop)
    return older.start < newer.start < older.stop or together


def span_of(nonce: str, alive: dict[int, tuple[str, Alive]]) -> Alive | None:
    own = [span for name, span in alive.values() if name == nonce]
    return Alive(min(x.start for x in own), max(x.stop for x in own)) if own else None
