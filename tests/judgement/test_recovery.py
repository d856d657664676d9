"""Recovery times and counts, on histories of a few lines."""

from onceproof.conformance.checks import run_all
from onceproof.conformance.history import build as b
from onceproof.conformance.judgement.chaos import count_runs
from onceproof.conformance.judgement.recovery import measure_recovery
from onceproof.reports.recovery import count_by_class

S = 1_000_000_000


def test_from_the_heal_to_the_next_begin_and_to_the_next_end() -> None:
    found = measure_recovery(
        b.history(
            b.begin("a", 1, at=0),
            b.fault("kill", "inject", at=1 * S),
            b.end("a", 1, at=2 * S),
            b.fault("kill", "heal", at=3 * S),
            b.begin("b", 2, at=4 * S),
            b.end("b", 2, at=6 * S),
        )
    )
    assert (found.to_begin_s, found.to_end_s) == ([1.0], [3.0])


def test_an_instant_execution_is_a_begin_and_an_end() -> None:
    found = measure_recovery(
        b.history(
            b.fault("kill", "inject", at=0),
            b.fault("kill", "heal", at=1 * S),
            b.once("a", 1, at=2 * S),
        )
    )
    assert (found.to_begin_s, found.to_end_s) == ([1.0], [1.0])


def test_nothing_after_the_last_heal_is_no_time_at_all() -> None:
    found = measure_recovery(b.history(b.fault("kill", "inject"), b.fault("kill", "heal")))
    assert (found.to_begin_s, found.to_end_s, found.picked_up_s) == ([], [], [])


def test_a_lost_step_is_picked_up_after_its_last_sign() -> None:
    found = measure_recovery(
        b.history(
            b.begin("a", 1, 0, at=0),
            b.ping("a", 1, at=1 * S),
            b.begin("a", 2, 0, at=4 * S),
            b.end("a", 2, at=5 * S),
        )
    )
    assert found.picked_up_s == [3.0]


def test_steps_that_end_and_steps_side_by_side_were_not_lost() -> None:
    found = measure_recovery(
        b.history(
            b.begin("a", 1, 0),
            b.begin("a", 2, 1),
            b.end("a", 1),
            b.end("a", 2),
            b.begin("a", 3, 0),
            b.end("a", 3),
        )
    )
    assert found.picked_up_s == []


def test_classes_of_the_histogram_include_their_upper_bound() -> None:
    assert count_by_class([0.05, 0.1, 0.11, 30.0, 31.0, 500.0]) == [2, 1, 0, 0, 0, 1, 2]
    assert count_by_class([]) == [0] * 7


def test_what_was_accepted_and_what_became_of_it() -> None:
    history = b.history(
        b.invoke("run.create", "a", thread_id="t", steps=1),
        b.ok("run.create", "a", run_id="run-a", thread_id="t"),
        b.invoke("run.create", "b", thread_id="t"),
        b.fail("run.create", "b"),
        b.invoke("run.create", "c", thread_id="u"),
        b.info("run.create", "c"),
        b.fault("kill", "inject"),
        b.fault("kill", "heal"),
        b.quiesce(),
        b.snap("a", "pending", log=[b.entry("a", 0, 1), b.entry("a", 0, 2)]),
    )
    found = count_runs(history, run_all(history))
    assert (found.accepted, found.refused, found.unclear) == (1, 1, 1)
    assert found.ends == {"pending": 1}
    assert (found.broken["lost"], found.broken["duplicated"], found.finished_once) == (1, 1, 0)


def test_a_run_that_ended_well_is_finished_once() -> None:
    history = b.history(
        b.invoke("run.create", "a", thread_id="t", steps=1),
        b.ok("run.create", "a", run_id="run-a", thread_id="t"),
        *(b.begin("a", 1), b.effect("a", 1), b.end("a", 1)),
        b.quiesce(),
        b.snap("a", "success", log=[b.entry("a", 0, 1)]),
    )
    assert count_runs(history, run_all(history)).finished_once == 1
