"""stale_commit and monotonic_status: who commits last, and where a status goes."""

import pytest

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import (
    begin,
    end,
    entry,
    fault,
    invoke,
    ok,
    quiesce,
    snap,
)
from onceproof.conformance.verdict import Verdict
from tests.checks.judge_records import judge, list_sentences, passes


def create(nonce: str = "a") -> list[Record]:
    return [invoke("run.create", nonce, thread_id="t1"), ok("run.create", nonce, thread_id="t1")]


def final(*tokens: int) -> list[Record]:
    log = [entry("a", i, token) for i, token in enumerate(tokens)]
    return [quiesce(), snap("a", "success", log=log)]


def status(value: str, who: str = "c1", **more: int) -> Record:
    return ok("run.status", "a", who=who, status=value, **more)


@pytest.mark.parametrize("check", ["stale_commit", "monotonic_status"])
def test_empty(check: str):
    result = judge(check)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason


def test_tokens_that_grow():
    assert passes("stale_commit", *create(), *final(1, 2, 7))


def test_an_older_token_after_a_newer_one():
    [finding] = judge("stale_commit", *create(), *final(1, 5, 3)).findings
    assert finding.sentence == "step 2 of run a was committed by the stale token 3"
    assert finding.expected == "a token above 5, which was committed before it"


def test_tokens_of_different_runs_are_not_compared():
    log = [entry("b", 0, 9), entry("a", 0, 1)]
    assert passes("stale_commit", *create(), ok("run.result", "a", log=log))


def test_a_read_that_contradicts_an_earlier_one():
    earlier = ok("run.result", "a", log=[entry("a", 0, 1), entry("a", 1, 3)])
    assert list_sentences("stale_commit", *create(), earlier, *final(1, 2)) == [
        "step 1 of run a was rewritten: two reads show different tokens"
    ]


def test_a_commit_after_the_end():
    late = [begin("a", 4, 2), end("a", 4)]
    records = [*create(), begin("a", 1), end("a", 1), status("success"), *late, *final(1, 4)]
    assert list_sentences("stale_commit", *records) == [
        "step 1 of run a began after the run had been seen terminal"
    ]


def test_a_rival_that_began_during_the_committed_step_is_told():
    """The sink sees beginnings, not claims: token 2 may be the zombie."""
    signs = [begin("a", 1), begin("a", 2), end("a", 2), end("a", 1)]
    result = judge("stale_commit", *create(), *signs, *final(1))
    assert result.verdict is Verdict.PASS
    assert result.notices == (
        "step 0 of run a is committed by token 1, during which token 2 began",
    )


def test_a_log_without_a_sink_is_nothing_to_judge():
    assert judge("stale_commit", *create(), *final(0, 0)).verdict is Verdict.INCONCLUSIVE


def test_a_status_that_moves_forward():
    steps = [status("pending"), status("running"), status("success"), status("success")]
    assert passes("monotonic_status", *create(), *steps)


@pytest.mark.parametrize(
    ("before", "after"),
    [("running", "pending"), ("success", "running"), ("error", "success"), ("timeout", "pending")],
)
def test_a_status_that_moves_back(before: str, after: str):
    assert list_sentences("monotonic_status", *create(), status(before), status(after)) == [
        f"status of run a went from {before!r} to {after!r}"
    ]


def test_a_requeue_during_a_fault_is_lawful():
    kill = [fault("kill", "inject"), fault("kill", "heal")]
    result = judge("monotonic_status", status("running"), *kill, status("pending"))
    assert (result.verdict, result.counts["requeues"]) == (Verdict.PASS, 1)


def test_no_fault_excuses_leaving_a_terminal_status():
    kill = [fault("kill", "inject"), fault("kill", "heal")]
    assert list_sentences("monotonic_status", status("success"), *kill, status("pending"))


def test_clients_that_ask_side_by_side_may_be_told_differently():
    reads = [status("success", "c1", call_t=0), status("running", "c2", call_t=0)]
    assert passes("monotonic_status", *reads)


def test_reads_of_one_client_that_were_under_way_together_are_answered_in_either_order():
    reads = [status("success", at=500, call_t=300), status("running", at=600, call_t=200)]
    assert passes("monotonic_status", *reads)
    later = [reads[0], status("running", at=600, call_t=501)]
    assert list_sentences("monotonic_status", *later)


def test_a_read_beside_another_does_not_hide_the_one_before_both():
    reads = [status("running", at=300, call_t=0), status("success", at=900, call_t=100)]
    assert list_sentences("monotonic_status", *reads, status("pending", at=950, call_t=400))
    assert passes("monotonic_status", *reads, status("running", at=950, call_t=400))


def test_a_lawful_requeue_does_not_hide_the_end_beside_it():
    kill = [fault("kill", "inject", at=100), fault("kill", "heal", at=200)]
    reads = [status("running", at=300, call_t=0), status("error", at=600, call_t=300)]
    beside = status("pending", at=600, call_t=400)
    assert passes("monotonic_status", *kill, reads[0], beside)
    later = [*kill, *reads, beside, status("running", at=900, call_t=600)]
    assert "status of run a went from 'error' to 'running'" in list_sentences(
        "monotonic_status", *later
    )


def test_a_fault_excuses_only_what_was_asked_before_it_was_over():
    kill = [fault("kill", "inject", at=0), fault("kill", "heal", at=100)]
    early, late = [status("running", at=200, call_t=call) for call in (50, 150)]
    fallen = status("pending", at=300, call_t=200)
    assert passes("monotonic_status", *kill, early, fallen)
    assert list_sentences("monotonic_status", *kill, late, early, fallen)


def test_whoever_asks_after_the_end_must_be_told_the_same():
    reads = [status("success", "c1"), status("error", "c2", call_t=1_500)]
    assert list_sentences("monotonic_status", *reads)


def test_two_terminal_statuses_contradict_each_other_whenever_they_were_read():
    reads = [status("success", "c1", call_t=0), status("error", "c2", call_t=0)]
    assert list_sentences("monotonic_status", *reads) == [
        "status of run a went from 'success' to 'error'"
    ]


def test_a_quiescent_read_that_began_before_its_mark_says_so():
    closing = [status("success"), quiesce()]
    assert list_sentences("monotonic_status", *closing, snap("a", "running"))
    assert passes("monotonic_status", *closing, snap("a", "running", call_t=500))


def test_a_quiescent_read_belongs_to_the_mark_before_it():
    reads = [quiesce(), snap("a", "running"), status("success"), quiesce()]
    assert passes("monotonic_status", *reads)


def test_reads_that_touch_are_concurrent():
    reads = [status("success", "c1", at=500), status("running", "c2", call_t=500, at=900)]
    assert passes("monotonic_status", *reads)
    later = [reads[0], status("running", "c2", call_t=501, at=900)]
    assert list_sentences("monotonic_status", *later)


def test_the_quiescent_read_contradicts_what_a_client_was_told():
    assert list_sentences("monotonic_status", *create(), status("error"), *final(1)) == [
        "status of run a went from 'error' to 'success'"
    ]


def test_a_deleted_run_has_no_status_to_contradict():
    assert not list_sentences("monotonic_status", status("success"), quiesce(), snap("a", None))


def test_a_status_nobody_documented_is_counted():
    result = judge("monotonic_status", status("cancelled"), status("cancelled"))
    assert (result.verdict, result.counts["unknown_statuses"]) == (Verdict.INCONCLUSIVE, 2)


def test_a_rival_that_began_after_the_committed_step_is_no_rival():
    signs = [begin("a", 1), end("a", 1), begin("a", 2), end("a", 2)]
    assert judge("stale_commit", *create(), *signs, *final(1)).notices == ()


def test_two_tokens_in_one_read_are_a_duplicate_and_not_stale():
    log = [entry("a", 0, 1), entry("a", 0, 2)]
    read = ok("run.result", "a", log=log)
    assert passes("stale_commit", *create(), read)
    assert list_sentences("duplicate", *create(), read)
