"""The lattice from verdicts to outcome and exit status, as a table and as a law."""

from itertools import pairwise, product

import msgspec
import pytest

from onceproof.conformance import verdict
from onceproof.conformance.verdict import Verdict, merge
from onceproof.reports import outcome, results
from onceproof.reports.document import decode
from onceproof.reports.results import Requirement
from tests.reports import examples

RANK = {0: 0, 12: 1, 11: 2, 10: 3, 70: 4}  # exit statuses, from best to worst


def made(verdict: str, level: str = "MUST", scope: str = "core", number: int = 0) -> Requirement:
    part = examples.requirement(f"X-{number}", verdict, level=level, scope=scope)
    return msgspec.convert(part, Requirement)


PASSED = ("PASS", "MUST", "core")

LATTICE = [
    ([PASSED], "certified", 0),
    ([PASSED, ("PASS", "SHOULD", "plat")], "certified", 0),
    ([PASSED, ("WARN", "SHOULD", "core")], "certified", 0),
    ([PASSED, ("FAIL", "SHOULD", "core")], "certified", 0),
    ([PASSED, ("FAIL", "MAY", "ext")], "certified", 0),
    ([PASSED, ("FAIL", "MUST", "plat")], "certified", 0),
    ([PASSED, ("UNTESTED", "MUST", "core")], "certified", 0),
    ([PASSED, ("NOT_APPLICABLE", "MUST", "core")], "certified", 0),
    ([PASSED, ("DISABLED", "MUST", "ext")], "certified", 0),
    ([PASSED, ("INCONCLUSIVE", "MUST", "ext")], "certified", 0),
    ([PASSED, ("NOT_JUDGED", "MUST", "ext")], "certified", 0),
    ([PASSED, ("NOT_JUDGED", "MUST", "core")], "partial", 12),
    ([PASSED, ("DISABLED", "MUST", "core")], "partial", 12),
    ([PASSED, ("INCONCLUSIVE", "MUST", "core")], "partial", 12),
    ([PASSED, ("INCONCLUSIVE", "SHOULD", "core")], "partial", 12),
    ([PASSED, ("FAIL", "MUST", "core")], "failed", 10),
    ([PASSED, ("FAIL", "MUST", "ext")], "failed", 10),
    ([("FAIL", "MUST", "core"), ("INCONCLUSIVE", "MUST", "core")], "failed", 10),
    ([("FAIL", "MUST", "core")], "failed", 10),
    ([], "inconclusive", 11),
    ([("WARN", "SHOULD", "core")], "inconclusive", 11),
    ([("INCONCLUSIVE", "MUST", "core")], "inconclusive", 11),
    ([("NOT_JUDGED", "MUST", "core")], "inconclusive", 11),
    ([("UNTESTED", "MUST", "core"), ("NOT_APPLICABLE", "MUST", "ext")], "inconclusive", 11),
    ([PASSED, ("ERROR", "MAY", "plat")], "inconclusive", 70),
    ([PASSED, ("FAIL", "MUST", "core"), ("ERROR", "MUST", "core")], "inconclusive", 70),
]


#: The same in a strict run, where it ends otherwise.
STRICT = [
    ([PASSED, ("WARN", "SHOULD", "core")], "failed", 10),
    ([PASSED, ("WARN", "SHOULD", "ext")], "failed", 10),
    ([PASSED, ("WARN", "SHOULD", "plat")], "certified", 0),
    ([PASSED, ("WARN", "MAY", "ext")], "certified", 0),
    ([PASSED, ("INCONCLUSIVE", "SHOULD", "core")], "partial", 12),
    ([PASSED, ("WARN", "SHOULD", "core"), ("ERROR", "MUST", "core")], "inconclusive", 70),
]


def test_the_worst_of_several_verdicts_counts_in_the_documented_order() -> None:
    order = (
        (verdict.__doc__ or "")
        .replace("\n", " ")
        .partition("Worst wins: ")[2]
        .partition(".")[0]
        .split()
    )
    names = [name for name in order if name != ">"]
    assert sorted(names) == sorted(each.value for each in Verdict)
    for worse, better in pairwise(names):
        assert merge([Verdict(better), Verdict(worse)]) is Verdict(worse)


@pytest.mark.parametrize(("verdicts", "word", "status"), LATTICE)
def test_lattice(verdicts: list[tuple[str, str, str]], word: str, status: int) -> None:
    members = [made(*verdict, number=i) for i, verdict in enumerate(verdicts)]
    judgement = outcome.judge(members)
    assert (judgement.outcome, judgement.exit_status) == (word, status)
    assert judgement.reasons


@pytest.mark.parametrize(("verdicts", "word", "status"), STRICT)
def test_recommendations_count_in_a_strict_run(
    verdicts: list[tuple[str, str, str]], word: str, status: int
) -> None:
    members = [made(*verdict, number=i) for i, verdict in enumerate(verdicts)]
    judgement = outcome.judge(members, strict=True)
    assert (judgement.outcome, judgement.exit_status) == (word, status)


def test_a_strict_run_says_so_in_its_document_and_fails_its_profile_too() -> None:
    parts = [examples.requirement("X-1"), examples.requirement("X-2", "WARN", level="SHOULD")]
    document = examples.frame(parts)
    document["run"] = {**document["run"], "strict": True}
    settled = examples.settle(document)
    assert (settled.outcome, settled.exit_status) == ("failed", 10)
    assert settled.reasons[0].sentence == "1 recommendation not met, and --strict makes them count"
    assert settled.reasons[0].names == ("X-2",)
    assert [profile.outcome for profile in settled.profiles] == ["failed"]
    outcome.refuse_overclaim(settled)
    assert decode(msgspec.json.encode(settled)) == settled


def test_what_a_known_deviation_excuses_does_not_count_in_a_strict_run_either() -> None:
    parts = [examples.requirement("X-1"), examples.requirement("X-2", "WARN", level="SHOULD")]
    excuse = {"id": "X-2", "reason": "r", "link": "https://a.example/1", "expires": "2999-01-01"}
    document = examples.frame(parts, deviations=[excuse])
    document["run"] = {**document["run"], "strict": True}
    assert examples.settle(document).outcome == "partial"


def test_a_document_that_says_nothing_of_strictness_stays_without_it() -> None:
    assert b"strict" not in msgspec.json.encode(examples.green())


def test_no_requirement_that_did_not_pass_can_better_an_outcome() -> None:
    every = list(product(Verdict, ("MUST", "SHOULD", "MAY"), ("core", "ext", "plat")))
    for one, other in product(every, repeat=2):
        if other[0] is not Verdict.PASS:
            alone = outcome.judge([made(*one)]).exit_status
            joined = outcome.judge([made(*one), made(*other, number=1)]).exit_status
            assert RANK[joined] >= RANK[alone], (one, other)


def test_reasons_name_what_decided_first_and_what_is_untested_last() -> None:
    reasons = examples.mixed().reasons
    assert [reason.names for reason in reasons] == [("CAN-06", "QUE-08"), ("QUE-21",), ("LIM-04",)]
    assert reasons[0].sentence == "2 required behaviours failed"


def test_a_failed_check_that_no_requirement_answers_for_fails() -> None:
    parts = [examples.requirement("X-1", checks=["overlap"])]
    checks = [examples.check("lost", "FAIL", (examples.finding(),))]
    settled = examples.settle(examples.frame(parts, checks=checks))
    assert (settled.outcome, settled.exit_status) == ("failed", 10)


def test_a_failed_check_that_a_should_answers_for_does_not_hinder() -> None:
    parts = [
        examples.requirement("X-1"),
        examples.requirement("X-2", "WARN", level="SHOULD", checks=["lost"]),
    ]
    checks = [examples.check("lost", "FAIL", (examples.finding(),))]
    assert examples.settle(examples.frame(parts, checks=checks)).outcome == "certified"


def test_a_check_in_error_is_the_harness_failing() -> None:
    document = examples.frame(
        [examples.requirement("X-1")], checks=[examples.check("lost", "ERROR")]
    )
    assert examples.settle(document).exit_status == 70


@pytest.mark.parametrize("kind", ["lost", "duplicated"])
def test_a_run_lost_or_duplicated_under_load_fails(kind: str) -> None:
    document = examples.frame([examples.requirement("X-1")], load=examples.load(**{kind: ["n-9"]}))
    settled = examples.settle(document)
    assert settled.outcome == "failed"
    assert settled.reasons[0].names == ("n-9",)


@pytest.mark.parametrize("total", ["lost_total", "duplicated_total"])
def test_a_run_that_is_counted_but_not_named_fails_too(total: str) -> None:
    document = examples.frame([examples.requirement("X-1")], load=examples.load(**{total: 40}))
    (reason,) = examples.settle(document).reasons
    assert reason.sentence == f"40 accepted runs {total.removesuffix('_total')} under load"


def test_runs_unfinished_when_the_load_ended_do_not_hinder() -> None:
    document = examples.frame([examples.requirement("X-1")], load=examples.load(unfinished=["n"]))
    assert examples.settle(document).outcome == "certified"


def test_each_profile_is_judged_on_its_own_and_keeps_its_denominator() -> None:
    judged = [(p.profile, p.outcome, p.total) for p in examples.mixed().profiles]
    assert judged == [
        ("core", "failed", 3),
        ("queue", "failed", 3),
        ("cron", "inconclusive", 3),
        ("limits", "partial", 2),
    ]


def test_counts_leave_out_what_nobody_has() -> None:
    assert examples.green().counts == {"PASS": 6}


def test_a_verdict_that_cannot_be_read_is_named() -> None:
    document = msgspec.to_builtins(examples.mixed())
    document["requirements"][0]["verdict"] = "MAYBE"
    with pytest.raises(results.ResultsError, match=r"'MAYBE'.*verdict"):
        decode(msgspec.json.encode(document))


@pytest.mark.parametrize(
    ("word", "status"), [("certified", 0), ("partial", 12), ("failed", 0), ("inconclusive", 0)]
)
def test_a_claim_that_the_verdicts_do_not_support_is_refused(word: str, status: int) -> None:
    claim = msgspec.structs.replace(examples.mixed(), outcome=word, exit_status=status)
    with pytest.raises(results.ResultsError, match="verdicts say failed with 10"):
        outcome.refuse_overclaim(claim)


def test_an_interrupted_run_may_withdraw_what_its_verdicts_say() -> None:
    withdrawn = msgspec.structs.replace(examples.green(), outcome="inconclusive", exit_status=130)
    outcome.refuse_overclaim(withdrawn)


def test_a_judgement_that_is_not_that_of_the_verdicts_is_refused() -> None:
    better = msgspec.structs.replace(examples.mixed(), judgement=examples.green().judgement)
    with pytest.raises(results.ResultsError, match="judgement is not that of its verdicts"):
        outcome.refuse_overclaim(better)


def test_a_document_of_the_time_before_the_judgement_was_part_of_it_is_not_refused() -> None:
    outcome.refuse_overclaim(msgspec.structs.replace(examples.mixed(), judgement=msgspec.UNSET))
