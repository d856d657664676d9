"""What is said about a target that behaves unlike a test expects, and what it is spared."""

from typing import Any

import httpx
import pytest

from onceproof.conformance.checks.result import CheckResult, Finding
from onceproof.conformance.judgement.requirements import Evidence
from onceproof.conformance.register import load_register
from onceproof.conformance.suite.kit.assertions import expect_refusal
from onceproof.conformance.suite.kit.event_ids import id_order
from onceproof.conformance.verdict import Verdict

ASKED = httpx.Request("GET", "http://h/threads/1")


def answer(**body: Any) -> httpx.Response:
    return httpx.Response(404, json=body, request=ASKED)


@pytest.mark.parametrize(
    "body, sentence",
    [
        ({"detail": "gone"}, "gone"),
        ({"error": "not_found", "message": "gone"}, "gone"),
        ({"detail": [{"type": "missing", "msg": "gone"}]}, "gone"),
        ({"detail": [{"loc": ["body", "x"], "msg": "gone"}, {"msg": "no"}]}, "body.x: gone; no"),
    ],
)
def test_a_refusal_is_one_wherever_its_sentence_stands(body: dict[str, Any], sentence: str) -> None:
    assert expect_refusal(answer(**body), 404) == sentence


@pytest.mark.parametrize(
    "bad",
    [answer(), answer(detail=""), answer(detail=[1], message="no"), answer(detail=[{"loc": 1}])],
)
def test_a_refusal_without_a_sentence_is_none(bad: httpx.Response) -> None:
    with pytest.raises(AssertionError, match=r'should be \{"detail": <sentence>\}'):
        expect_refusal(bad, 404)


@pytest.mark.parametrize(
    ("verdict", "sentences", "reason"),
    [
        (Verdict.FAIL, ("an event beyond the end",), "an event beyond the end"),
        (Verdict.INCONCLUSIVE, (), "nothing was seen"),
    ],
)
def test_what_a_check_found_is_told_before_what_it_missed(
    verdict: Verdict, sentences: tuple[str, ...], reason: str
) -> None:
    findings = tuple(Finding("stream_bounds", "n", each, "", "", (1,)) for each in sentences)
    check = CheckResult("stream_bounds", verdict, findings, {}, (), "nothing was seen")
    evidence = Evidence(checks={"stream_bounds": check})
    requirement = next(each for each in load_register().values() if "stream_bounds" in each.checks)
    entry = evidence.judge(requirement)
    assert (entry.verdict, entry.reason) == (verdict, reason)


@pytest.mark.parametrize("form", ["{}-{}", "run-1_event_{1}", "{1}"])
def test_ids_are_compared_by_their_numbers_and_not_as_text(form: str) -> None:
    assert (
        id_order(form.format(7, 9)) < id_order(form.format(7, 10)) < id_order(form.format(7, 100))
    )
