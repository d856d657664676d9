"""A history that cannot be evidence is the harness's fault, and accuses nobody."""

from typing import Any

import msgspec
import pytest

from onceproof.conformance.checks import CAP, CHECKS, run_all
from onceproof.conformance.checks.result import Notebook
from onceproof.conformance.history import CUT, Record
from onceproof.conformance.history.build import (
    begin,
    end,
    entry,
    event,
    fault,
    history,
    info,
    invoke,
    mark,
    ok,
    open_sub,
    ping,
    snap,
)
from onceproof.conformance.register.model import CHECKS as REGISTERED
from onceproof.conformance.verdict import Verdict
from tests.checks.judge_records import judge, list_sentences, passes


def create(nonce: str, who: str = "c1", **more: Any) -> list[Record]:
    return [invoke("run.create", nonce, who=who, **more), ok("run.create", nonce, who=who)]


def test_empty():
    result = judge("assumptions")
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "the history is empty")


def test_sane():
    faults = [fault("kill", "inject"), fault("kill", "heal")]
    signs = [begin("a", 1), ping("a", 1), end("a", 1), begin("a", 2)]
    assert passes("assumptions", *create("a"), *faults, *signs)


def test_indices_that_are_not_dense():
    records = history(*create("a"))
    finding = CHECKS["assumptions"](records[1:]).findings[0]
    assert (finding.sentence, finding.expected) == ("indices are not dense", "index 0")


def test_a_clock_that_runs_backwards():
    assert list_sentences("assumptions", mark("x", at=5), mark("y", at=4)) == [
        "the clock of harness runs backwards"
    ]
    assert passes("assumptions", mark("x", who="a", at=5), mark("y", who="b", at=4))


def test_a_subscription_has_a_clock_of_its_own():
    [call, answer] = open_sub("s", "a", who="c1", at=1)
    late = event("s", "a", 0, who="c1", at=2)
    assert passes("assumptions", call, answer, mark("x", who="c1", at=5), late)


def test_two_operations_of_one_client():
    call = invoke("run.create", "a")
    assert list_sentences("assumptions", call, invoke("run.status", "b")) == [
        "c1 began run.status while its run.create was under way"
    ]
    assert passes("assumptions", call, invoke("run.status", "b", who="c2"))


def test_a_batch_and_a_subscription_beside_an_operation():
    batch = [invoke("run.create", nonce, via="batch") for nonce in "ab"]
    answers = [ok("run.create", nonce) for nonce in "ab"]
    assert passes("assumptions", *batch, *open_sub("s", "c", who="c1"), *answers)


def test_an_answer_to_another_question():
    [sentence] = list_sentences("assumptions", invoke("run.status", "a"), ok("run.status", "b"))
    assert sentence == "c1 got an answer to a run.status that was not under way"


def test_reads_may_lack_their_request_and_writes_may_not():
    assert passes("assumptions", ok("run.status", "a"), ok("run.result", "a"))
    assert list_sentences("assumptions", ok("run.create", "a"))


def test_an_answer_before_its_request():
    records = [invoke("run.create", "a", at=5), info("run.create", "a", at=4)]
    assert "run.create was answered before it was asked" in list_sentences("assumptions", *records)


def test_a_nonce_that_is_submitted_twice():
    assert list_sentences("assumptions", *create("a"), *create("a", "c2")) == [
        "nonce a was submitted twice"
    ]


def test_faults_that_are_not_balanced():
    assert list_sentences("assumptions", fault("kill", "inject", replica="w1")) == [
        "fault kill was never healed"
    ]
    wrong = [fault("kill", "inject", replica="w1"), fault("kill", "heal", replica="w2")]
    assert len(list_sentences("assumptions", *wrong)) == 2


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ([ping("a", 1)], "ping of token 1 belongs to no execution of a"),
        ([begin("a", 1), ping("b", 1)], "ping of token 1 belongs to no execution of b"),
        ([begin("a", 1), begin("a", 1)], "token 1 began twice"),
        ([begin("a", 1), end("a", 1), end("a", 1)], "token 1 ended twice"),
        (
            [begin("a", 1), snap("a", "success", log=[entry("a", 0, 1)])],
            "token 1 is committed, but the sink never saw it end",
        ),
    ],
)
def test_signs_that_belong_to_no_execution(records: list[Record], sentence: str):
    assert list_sentences("assumptions", *records) == [sentence]


def test_a_cut_history_says_so():
    [notice] = judge("assumptions", mark(CUT, bytes=17)).notices
    assert "17" in notice


def test_nothing_is_judged_on_a_history_that_is_no_evidence():
    results = run_all(history(*create("a"), *create("a", "c2"), begin("ghost", 1)))
    assert [each.check for each in results] == list(CHECKS)
    assert results[0].verdict is Verdict.ERROR
    assert {each.verdict for each in results[1:]} == {Verdict.INCONCLUSIVE}
    reason = "not evaluated, because the assumptions about the history failed"
    assert {each.reason for each in results[1:]} == {reason}


def test_many_findings_are_capped_and_counted():
    found = judge("phantom", *(begin(f"ghost-{n}", n) for n in range(100)))
    assert (len(found.findings), found.counts["findings"]) == (CAP, 100)
    assert found.findings[0].key == "ghost-0"


def test_many_notices_are_capped_and_counted():
    notes = Notebook("any")
    for n in range(CAP + 3):
        notes.notice(f"notice {n}")
    result = notes.result(judged=1, nothing="")
    assert len(result.notices) == CAP + 1
    assert result.notices[-1] == "and 3 more notices"


def test_one_sentence_about_one_key_is_one_finding():
    assert len(judge("phantom", begin("ghost", 1), begin("ghost", 2)).findings) == 1


def test_the_register_knows_the_checks_by_the_same_names():
    assert set(CHECKS) == set(REGISTERED)


def test_a_check_leaves_the_history_as_it_was():
    records = history(*create("a"), begin("a", 1), *open_sub("s", "a"))
    before = msgspec.json.encode(records)
    run_all(records)
    assert msgspec.json.encode(records) == before
