"""lost: accepted runs that vanish, get stuck, or leave no state."""

from typing import Any

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import (
    begin,
    effect,
    end,
    entry,
    fail,
    info,
    invoke,
    ok,
    once,
    quiesce,
    snap,
)
from onceproof.conformance.verdict import Verdict
from tests.checks.judge_records import collect_accusations, judge, list_sentences, passes


def create(nonce: str = "a", thread_id: str | None = "t1", **asked: Any) -> list[Record]:
    call = invoke("run.create", nonce, who=nonce, thread_id=thread_id, **asked)
    return [call, ok("run.create", nonce, who=nonce, run_id=f"r{nonce}", thread_id=thread_id)]


def test_empty():
    result = judge("lost")
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "no run was accepted")


def test_sane():
    log = [entry("a", 0, 1)]
    assert passes("lost", *create(steps=1), quiesce(), snap("a", "success", log=log))


def test_vanished():
    found = judge("lost", *create(), quiesce(), snap("a", None)).findings
    assert [each.sentence for each in found] == ["accepted run a vanished"]
    assert found[0].records == (1, 3)


def test_stuck():
    records = [*create(), quiesce(), snap("a", "running")]
    assert collect_accusations(*records) == {"lost": ["accepted run a is stuck in 'running'"]}


def test_success_without_its_state():
    log = [entry("a", 0, 1), entry("b", 1, 2)]
    records = [*create(steps=3), quiesce(), snap("a", "success", log=log)]
    assert list_sentences("lost", *records) == [
        "accepted run a succeeded, but its state lacks step 1, 2"
    ]


def test_a_failed_run_needs_no_state():
    assert passes("lost", *create(steps=3), quiesce(), snap("a", "error", log=[]))


def test_nothing_is_lost_before_the_drain():
    for marks in ([], [quiesce(drained=False)], [quiesce(), quiesce(drained=False)]):
        result = judge("lost", *create(), *marks, snap("a", "running"))
        assert result.verdict is Verdict.INCONCLUSIVE
        assert result.reason == "runs were read without a drained end before it (mark 'quiesced')"


def test_a_run_submitted_after_the_drain_is_not_judged():
    result = judge("lost", quiesce(), *create(), snap("a", "pending"))
    assert (result.verdict, result.counts["undrained"]) == (Verdict.INCONCLUSIVE, 1)


def test_an_accepted_run_that_nobody_read_leaves_the_verdict_open():
    records = [*create("a"), *create("b"), quiesce(), snap("a", "success")]
    result = judge("lost", *records)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason == "accepted runs that were not read at the end: 1"


def test_a_loss_is_a_loss_even_if_others_were_not_read():
    records = [*create("a"), *create("b"), quiesce(), snap("a", None)]
    assert judge("lost", *records).verdict is Verdict.FAIL


def test_a_read_of_the_end_stands_for_the_quiescent_one():
    read = ok("run.status", "a", status="success")
    assert passes("lost", *create(), read, quiesce())
    result = ok("run.result", "a", log=[])
    assert list_sentences("lost", *create(steps=1), result, quiesce()) == [
        "accepted run a succeeded, but its state lacks step 0"
    ]


def test_refused_and_unknown_creates_are_not_accepted():
    refused = [invoke("run.create", "a", thread_id="t1"), fail("run.create", "a")]
    unknown = [invoke("run.create", "b", thread_id="t2"), info("run.create", "b")]
    result = judge("lost", *refused, *unknown, quiesce(), snap("b", None))
    assert (result.verdict, result.counts["accepted"]) == (Verdict.INCONCLUSIVE, 0)


def test_an_unknown_create_with_an_effect_is_recovered_and_must_end():
    unknown = [invoke("run.create", "a", thread_id="t1"), info("run.create", "a"), begin("a", 1)]
    found = list_sentences("lost", *unknown, quiesce(), snap("a", "pending"))
    assert found == ["recovered run a is stuck in 'pending'"]
    done = [effect("a", 1), end("a", 1), quiesce(), snap("a", "success")]
    result = judge("lost", *unknown, *done)
    assert (result.verdict, result.counts["recovered"]) == (Verdict.PASS, 1)


def test_a_create_that_was_never_answered_is_unknown_too():
    records = [invoke("run.create", "a", thread_id="t1"), quiesce(), snap("a", "running")]
    assert list_sentences("lost", *records) == ["recovered run a is stuck in 'running'"]


def test_what_was_deleted_is_not_lost():
    for op, action in (("run.delete", None), ("run.cancel", "rollback")):
        call = invoke(op, "a", action=action)
        result = judge("lost", *create(), call, ok(op, "a"), quiesce(), snap("a", None))
        assert (result.verdict, result.counts["removed"]) == (Verdict.PASS, 1)


def test_a_cancel_does_not_excuse_absence():
    cancel = [invoke("run.cancel", "a", action="interrupt"), ok("run.cancel", "a")]
    assert list_sentences("lost", *create(), *cancel, quiesce(), snap("a", None))


def test_a_rollback_create_may_remove_the_runs_before_it_only():
    rollback = create("b", strategy="rollback")
    ends = [quiesce(), snap("a", None), snap("b", "success"), snap("c", None)]
    records = [*create("a"), *rollback, *create("c"), *ends]
    assert list_sentences("lost", *records) == ["accepted run c vanished"]


def test_a_refused_rollback_removes_nothing():
    rollback = [invoke("run.create", "b", who="b", thread_id="t1", strategy="rollback")]
    refusal = fail("run.create", "b", who="b")
    assert list_sentences("lost", *create(), *rollback, refusal, quiesce(), snap("a", None))


def test_two_rollback_creates_at_once_may_remove_each_other():
    both = [create(nonce, strategy="rollback") for nonce in "ab"]
    calls, answers = zip(*both, strict=True)
    ends = [quiesce(), snap("a", "success"), snap("b", None)]
    assert passes("lost", *calls, *answers, *ends)


def test_a_rollback_create_does_not_excuse_itself():
    records = [*create("a", strategy="rollback"), quiesce(), snap("a", None)]
    assert list_sentences("lost", *records) == ["accepted run a vanished"]


def test_a_stateless_run_may_be_cleaned_up_once_the_sink_saw_it_all():
    run = create(thread_id=None, steps=2)
    one, two = [once("a", 1, "0")], [once("a", 1, "0"), once("a", 2, "1")]
    ends = [quiesce(), snap("a", None)]
    assert list_sentences("lost", *run, *one, *ends) == ["accepted run a vanished"]
    assert passes("lost", *run, *two, *ends)
    assert judge("lost", *run, *ends).verdict is Verdict.INCONCLUSIVE


def test_a_stateless_run_that_the_sink_need_not_see_leaves_the_verdict_open():
    ends = [quiesce(), snap("a", None)]
    other = [*create("b", thread_id=None), once("b", 1)]
    assert judge("lost", *create(thread_id=None), *other, *ends).counts["unread"] == 1
    assert list_sentences("lost", *create(thread_id=None, total=5), *other, *ends)


def test_a_run_that_could_not_be_looked_up_leaves_the_verdict_open():
    """An unknown create has no run id to ask for: the sink knows it ran, nobody knows its end."""
    unknown = [invoke("run.create", "a", thread_id="t1"), info("run.create", "a"), begin("a", 1)]
    result = judge("lost", *unknown, quiesce(), snap("a", None, run_id=None))
    assert (result.verdict, result.counts["unread"]) == (Verdict.INCONCLUSIVE, 1)


def test_a_result_that_is_an_error_needs_no_state():
    result = ok("run.result", "a", log=[], error={"error": "ValueError"})
    assert passes("lost", *create(steps=1), result, quiesce())
