"""duplicate, phantom, cross_talk: what is executed and committed, and for whom."""

import pytest

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import (
    begin,
    close_sub,
    effect,
    end,
    entry,
    event,
    fail,
    fault,
    invoke,
    ok,
    once,
    open_sub,
    quiesce,
    snap,
)
from onceproof.conformance.verdict import Verdict
from tests.checks.judge_records import (
    collect_accusations,
    create,
    judge,
    list_sentences,
    passes,
)


def execute(nonce: str, token: int, step: int = 0) -> list[Record]:
    return [begin(nonce, token, step), effect(nonce, token, str(step)), end(nonce, token)]


FINISHED = [quiesce(), snap("a", "success", log=[entry("a", 0, 1)])]


@pytest.mark.parametrize("check", ["duplicate", "phantom", "overlap", "thread_overlap"])
def test_empty(check: str):
    result = judge(check)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason


@pytest.mark.parametrize("check", ["duplicate", "phantom", "stale_commit", "lost"])
def test_sane(check: str):
    assert passes(check, *create(steps=1), *execute("a", 1), *FINISHED)


def test_committed_twice():
    log = [entry("a", 0, 1), entry("a", 0, 2)]
    records = [*create(), *execute("a", 1), quiesce(), snap("a", "success", log=log)]
    [finding] = judge("duplicate", *records).findings
    assert finding.sentence == "step 0 of run a was committed 2 times"
    assert finding.actual == "2 entries, of tokens 1, 2"


def test_committed_twice_is_no_better_during_a_fault():
    log = [entry("a", 0, 1), entry("a", 0, 1)]
    kill = [fault("kill", "inject"), fault("kill", "heal")]
    assert list_sentences("duplicate", *create(), *kill, ok("run.result", "a", log=log))


def test_executed_twice():
    records = [*create(), *execute("a", 1), *execute("a", 2), *FINISHED]
    assert collect_accusations(*records) == {
        "duplicate": ["effect '0' of run a happened again while no fault was active"]
    }


def test_executed_twice_at_once():
    assert list_sentences("duplicate", *create(), once("a", 1), once("a", 2))


def test_executed_twice_around_a_fault_is_told_and_lawful():
    kill = [fault("kill", "inject", nonces=["a"]), fault("kill", "heal", nonces=["a"])]
    records = [*create(), *execute("a", 1), *kill, *execute("a", 2), *FINISHED]
    result = judge("duplicate", *records)
    assert result.verdict is Verdict.PASS
    assert result.notices == ("run a: 1 repeated executions during a fault or an interruption",)
    assert result.counts["repeats"] == 1


def test_a_fault_of_another_run_excuses_nothing():
    kill = [fault("kill", "inject", nonces=["b"]), fault("kill", "heal", nonces=["b"])]
    assert list_sentences("duplicate", *create(), *execute("a", 1), *kill, *execute("a", 2))


def test_a_cancelled_run_may_be_executed_again_by_what_follows_it():
    cancel = [invoke("run.cancel", "a"), ok("run.cancel", "a")]
    assert passes("duplicate", *create(), *execute("a", 1), *cancel, *execute("a", 2))


def test_what_a_cancelled_run_repeated_before_its_cancel_counts():
    cancel = [invoke("run.cancel", "a"), ok("run.cancel", "a")]
    assert list_sentences("duplicate", *create(), *execute("a", 1), *execute("a", 2), *cancel)


def test_what_was_cancelled_and_waited_for_begins_nothing():
    asked = {"action": "interrupt", "wait": True}
    waited = [invoke("run.cancel", "a", **asked), ok("run.cancel", "a", **asked)]
    later = [invoke("run.cancel", "a", wait=False), ok("run.cancel", "a", wait=False)]
    assert list_sentences("resurrected", *create(), *waited, *execute("a", 1)) == [
        "step 0 of run a began after a cancel that waited for its end had been acknowledged"
    ]
    assert list_sentences("resurrected", *create(), *later, *execute("a", 1)) == []


def test_executed_without_being_submitted():
    records = [*create(), *execute("ghost", 1)]
    assert list_sentences("phantom", *records) == [
        "run ghost was executed, but nobody submitted it"
    ]


def test_executed_although_refused():
    records = [invoke("run.create", "a"), fail("run.create", "a"), *execute("a", 1)]
    assert collect_accusations(*records) == {
        "resurrected": ["step 0 of run a began although its create had been refused"]
    }


def test_a_status_of_nobody():
    assert list_sentences("phantom", *create(), quiesce(), snap("ghost", "success")) == [
        "run ghost has status 'success', but nobody submitted it"
    ]


def test_a_refused_run_that_is_not_there_is_no_phantom():
    records = [invoke("run.create", "a"), fail("run.create", "a"), quiesce(), snap("a", None)]
    assert judge("phantom", *records).findings == ()


def test_an_event_of_another_run():
    records = [*create("a"), *create("b", "t2"), *open_sub("s", "a"), event("s", "b", 0)]
    sentence = "subscription s of run a got an event of run b, which has a stream of its own"
    again = event("s", "b", 0)
    assert collect_accusations(*records, again, close_sub("s", "a")) == {"cross_talk": [sentence]}


def test_an_event_of_another_deployment():
    records = [*create("a"), *open_sub("s", "a"), event("s", "elsewhere", 0)]
    [sentence] = list_sentences("phantom", *records)
    assert sentence.endswith("nobody submitted it")


def test_an_entry_of_another_thread():
    read = ok("run.result", "a", log=[entry("a", 0, 1), entry("b", 0, 2)])
    one_thread = [*create("a", "t1"), *create("b", "t1"), read]
    two_threads = [*create("a", "t1"), *create("b", "t2"), read]
    assert passes("cross_talk", *one_thread)
    assert list_sentences("cross_talk", *two_threads) == [
        "the state read for run a on thread t1 holds an entry of run b, which ran on thread t2"
    ]


def test_a_fault_of_another_replica_excuses_nothing():
    kill = [fault("kill", phase, replica="w1") for phase in ("inject", "heal")]
    for replica, findings in (("w1", 0), ("w2", 1)):
        first = [begin("a", 1, replica=replica), effect("a", 1), end("a", 1)]
        records = [*create(), *first, *kill, *execute("a", 2)]
        assert len(list_sentences("duplicate", *records)) == findings


def test_an_entry_of_a_thread_that_is_not_known_is_not_judged():
    read = ok("run.result", "a", log=[entry("b", 0, 2)])
    unknown = [invoke("run.create", "b", who="b", thread_id=None)]
    assert passes("phantom", *create("a"), *unknown, read)
    assert passes("phantom", *create("b"), ok("run.result", "nobody", log=[entry("b", 0, 2)]))


def test_a_run_that_no_answer_named_is_looked_for_in_no_listing() -> None:
    listing = {"whole": True, "run_ids": ["r1"], "call_t": 10**15}
    for named, wanted in (("r2", Verdict.FAIL), (None, Verdict.INCONCLUSIVE)):
        records = (
            invoke("run.create", "n", thread_id="t"),
            ok("run.create", "n", run_id=named, thread_id="t"),
            ok("thread.runs", "t", who="lister", **listing),
        )
        assert judge("progress", *records).verdict is wanted
