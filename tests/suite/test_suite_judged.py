"""What a target is told that behaves unlike what a test expects, and what it is spared."""

from typing import Any

import httpx
import pytest

from conformance.checks.result import CheckResult, Finding
from conformance.collector import HARNESS_FAULT, annotate
from conformance.register import load
from conformance.register.verdict import Verdict
from conformance.suite.conftest import pytest_runtest_setup
from conformance.suite.expect import refused
from conformance.suite.resumability.ids import order
from conformance.verdicts import Evidence
from conformance.wire.operations import OutcomeUnknown

ASKED = httpx.Request("GET", "http://h/threads/1")


def ended(error: BaseException) -> BaseException:
    """What a setup that broke with this error ends with, for the tests it was meant for."""
    wrapped: Any = pytest_runtest_setup
    around = wrapped(None)
    next(around)
    with pytest.raises(BaseException) as told:
        around.throw(error)
    return told.value


@pytest.mark.parametrize(
    "error", [OutcomeUnknown("no answer in time", "n"), AssertionError("404"), KeyError("ttl")]
)
def test_a_setup_that_the_target_refuses_judges_nothing(error: Exception) -> None:
    told = ended(error)
    assert isinstance(told, pytest.skip.Exception)
    assert str(told).startswith(f"INCONCLUSIVE: what the test needs did not come about: {error!r}")


@pytest.mark.parametrize("error", [RuntimeError("a bug of ours"), ImportError("no such module")])
def test_a_setup_that_breaks_in_the_harness_stays_its_error(error: Exception) -> None:
    assert ended(error) is error


def answer(**body: Any) -> httpx.Response:
    return httpx.Response(404, json=body, request=ASKED)


@pytest.mark.parametrize("body", [{"detail": "gone"}, {"error": "not_found", "message": "gone"}])
def test_a_refusal_is_one_wherever_its_sentence_stands(body: dict[str, str]) -> None:
    assert refused(answer(**body), 404) == "gone"


@pytest.mark.parametrize("bad", [answer(), answer(detail=""), answer(detail=[1], message="no")])
def test_a_refusal_without_a_sentence_is_none(bad: httpx.Response) -> None:
    with pytest.raises(AssertionError, match=r'should be \{"detail": <sentence>\}'):
        refused(bad, 404)


@pytest.mark.parametrize(
    ("verdict", "sentences", "told"),
    [
        (Verdict.FAIL, ("an event beyond the end",), "an event beyond the end"),
        (Verdict.INCONCLUSIVE, (), "nothing was seen"),
    ],
)
def test_what_a_check_found_is_told_before_what_it_missed(
    verdict: Verdict, sentences: tuple[str, ...], told: str
) -> None:
    findings = tuple(Finding("stream_bounds", "n", each, "", "", (1,)) for each in sentences)
    check = CheckResult("stream_bounds", verdict, findings, {}, (), "nothing was seen")
    evidence = Evidence(checks={"stream_bounds": check})
    requirement = next(each for each in load().values() if "stream_bounds" in each.checks)
    shown = evidence.requirement(requirement)
    assert (shown["verdict"], shown["reason"]) == (verdict.value, told)


@pytest.mark.parametrize("form", ["{}-{}", "run-1_event_{1}", "{1}"])
def test_ids_are_compared_by_their_numbers_and_not_as_text(form: str) -> None:
    assert order(form.format(7, 9)) < order(form.format(7, 10)) < order(form.format(7, 100))


def reported(when: str, error: BaseException) -> set[tuple[str, object]]:
    """What the report says of a test that broke so."""

    class Item:
        def iter_markers(self, name: str) -> list[Any]:
            return []

    class Broken:
        def __init__(self) -> None:
            self.user_properties: list[tuple[str, object]] = []

    def break_() -> None:
        raise error

    report: Any = Broken()
    call: Any = pytest.CallInfo.from_call(break_, when)  # type: ignore[arg-type]
    item: Any = Item()
    annotate(report, item, call)
    return set(report.user_properties)


@pytest.mark.parametrize("when", ["call", "teardown"])
def test_an_answer_that_never_came_is_the_targets_fault_also_at_the_end(when: str) -> None:
    assert reported(when, httpx.ReadTimeout("DELETE /assistants/1")) == set()
    assert reported(when, RuntimeError("a bug of ours")) == {(HARNESS_FAULT, True)}
