"""The attempts of a run, from a history: who executed what, whose lease was over, what hit it."""

from onceproof.conformance.checks.guarantees import overlap, stale_commit
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import (
    begin,
    close_sub,
    effect,
    end,
    entry,
    fault,
    history,
    invoke,
    ok,
    open_sub,
    quiesce,
    snap,
)
from onceproof.conformance.judgement import attempts
from onceproof.conformance.judgement.attempts import show_attempts
from onceproof.reports.attempts import Attempts

SECOND = 1_000_000_000


def execute(token: int, step: int, at: int, pid: int) -> list[Record]:
    signs = [begin("a", token, step, at=at, pid=pid, host="vm"), effect("a", token, str(step))]
    return [*signs, end("a", token)]


def zombie() -> View:
    """Worker 1 is paused after step 0, worker 2 takes over, and worker 1 commits step 1 late."""
    return View(
        history(
            invoke("run.create", "a", thread_id="t", steps=2, at=1 * SECOND),
            ok("run.create", "a", run_id="r", thread_id="t"),
            *open_sub("s", "a"),
            *execute(1, 0, 2 * SECOND, pid=1),
            fault("process-paused", "inject", replica="worker-1", nonces=["a"], at=3 * SECOND),
            fault("process-killed", "inject", replica="worker-9", nonces=["b"]),
            *execute(2, 1, 5 * SECOND, pid=2),
            ok("run.status", "a", run_id="r", status="success", at=6 * SECOND),
            fault("process-paused", "heal", replica="worker-1", nonces=["a"], at=7 * SECOND),
            *execute(3, 1, 8 * SECOND, pid=1),
            close_sub("s", nonce="a"),
            quiesce(at=9 * SECOND),
            snap("a", "success", log=[entry("a", 0, 1), entry("a", 1, 3)]),
        )
    )


def show(view: View) -> Attempts:
    found = stale_commit.check(view).findings
    [shown] = show_attempts(found, view, 0).values()
    return shown


def test_a_lane_for_each_process_and_reader() -> None:
    shown = show(zombie())
    assert [lane.name for lane in shown.lanes] == ["process 1 on vm", "process 2 on vm", "reader 1"]
    assert shown.attempts == 2
    steps = [(step.step, step.token, step.accused) for step in shown.lanes[0].steps]
    assert steps == [("0", 1, False), ("1", 3, True)]
    assert [step.accused for step in shown.lanes[1].steps] == [False]


def test_the_lease_is_over_between_the_last_sign_and_the_next_attempt() -> None:
    [span] = show(zombie()).lanes[0].spans
    assert span.text == "attempt 1 is silent until attempt 2 begins: its lease is over"
    assert 2 <= span.from_s < 2.1
    assert span.until_s == 5


def test_an_attempt_that_never_fell_silent_lost_no_lease() -> None:
    view = View(
        history(
            invoke("run.create", "a", steps=1, at=SECOND),
            ok("run.create", "a", run_id="r"),
            begin("a", 1, at=2 * SECOND, pid=1),
            begin("a", 2, at=3 * SECOND, pid=2),
            end("a", 1, at=4 * SECOND),
            end("a", 2, at=5 * SECOND),
        )
    )
    [shown] = show_attempts(overlap.check(view).findings, view, 0).values()
    assert [lane.spans for lane in shown.lanes] == [[], []]


def test_only_faults_that_may_have_hit_the_run_are_shown() -> None:
    [band] = show(zombie()).faults
    assert (band.text, band.from_s, band.until_s) == ("process-paused · worker-1", 3, 7)


def test_the_clients_moments_and_the_first_error() -> None:
    shown = show(zombie())
    said = [(each.text, each.accused) for each in shown.moments]
    assert said == [("accepted", False), ("seen success", True), ("at rest: success", True)]
    assert shown.first_error_s == 8


def test_a_long_run_is_shown_around_its_error() -> None:
    steps = [r for n in range(200) for r in execute(n + 1, n, (n + 2) * SECOND, pid=1)]
    twice = execute(201, 150, 300 * SECOND, pid=2)
    view = View(
        history(
            invoke("run.create", "a", steps=200, at=SECOND),
            ok("run.create", "a", run_id="r"),
            *steps,
            ok("run.status", "a", run_id="r", status="success", at=250 * SECOND),
            *twice,
            quiesce(at=400 * SECOND),
            snap("a", "success", log=[entry("a", 150, 201)]),
        )
    )
    shown = show(view)
    assert sum(len(lane.steps) for lane in shown.lanes) == attempts.STEPS
    assert shown.left_out == 201 - attempts.STEPS
    assert shown.lanes[-1].steps[0].accused


def test_only_the_first_finding_of_a_run_and_the_first_few_runs_are_shown() -> None:
    names = [f"r{n}" for n in range(9)]
    records = []
    for n, name in enumerate(names):
        for token in (2 * n + 1, 2 * n + 2):
            records.append(begin(name, token, at=(n + 2) * SECOND, pid=token))
        records += [end(name, 2 * n + 1, at=(n + 2) * SECOND + 9), end(name, 2 * n + 2)]
    created = [invoke("run.create", name, steps=1, at=SECOND) for name in names]
    view = View(history(*created, *records))
    found = overlap.check(view).findings
    assert len(found) == 9
    assert list(show_attempts([*found, *found], view, 0)) == list(range(attempts.RUNS))
