"""The register beside the oracles: judged by tests, else by oracles, else not at all."""

from pathlib import Path

import pytest

from onceproof.conformance.errors import CERTIFIED, FAILED, PARTIAL
from onceproof.conformance.history import Recorder
from onceproof.conformance.judgement.field import BEYOND, describe_beside
from onceproof.conformance.judgement.recheck import find_differences
from onceproof.conformance.judgement.requirements import Evidence, TestOutcome
from onceproof.conformance.register import load_register
from onceproof.conformance.run_folder import HISTORY, LANES
from onceproof.conformance.verdict import Verdict
from onceproof.reports.field import Field, describe_field
from onceproof.reports.outcome import judge
from onceproof.reports.results import Ending, Requirement
from tests.field.story import honest
from tests.judgement.test_field import conclude_field

REGISTER = load_register()
#: One that an oracle answers for, and one that only tests can judge.
GRAPH, ALONE = REGISTER["RUN-05"], REGISTER["SYS-01"]
NODEID = "system/test_health.py::test_it"


def oracle(verdict: Verdict, name: str = "ends_once") -> Requirement:
    return Requirement(
        id="FIELD-01",
        title="a run ends once",
        text="A run ends once.",
        level="MUST",
        scope="core",
        profile="field",
        chapter="field",
        verdict=verdict,
        reason=None if verdict is Verdict.PASS else "no run was accepted",
        checks=[name],
    )


def judge_beside(ending: Ending | None, found: Verdict) -> dict[str, Requirement]:
    """The two requirements: the test of the one that needs none ended so, if it ran."""
    known = {NODEID: (ALONE.id,), "runs/test_status.py::test_it": (GRAPH.id,)}
    ran = {NODEID: TestOutcome(NODEID, (ALONE.id,), ending, 0)} if ending else {}
    entries = describe_beside([GRAPH, ALONE], Evidence(known, ran), [oracle(found)])
    return {each.id: each for each in entries}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Verdict.PASS, Verdict.PASS),
        (Verdict.FAIL, Verdict.INCONCLUSIVE),
        (Verdict.INCONCLUSIVE, Verdict.NOT_JUDGED),
    ],
)
def test_an_oracle_answers_for_what_no_test_has_judged(found: Verdict, verdict: Verdict) -> None:
    entry = judge_beside("passed", found)[GRAPH.id]
    assert entry.verdict is verdict
    assert (entry.reason is None) == (verdict is Verdict.PASS)
    assert "ends_once" in entry.checks


def test_what_neither_speaks_for_is_not_judged_and_says_what_it_takes() -> None:
    entry = judge_beside(None, Verdict.PASS)[ALONE.id]
    assert (entry.verdict, entry.reason) == (Verdict.NOT_JUDGED, BEYOND)


@pytest.mark.parametrize(
    ("ending", "alone", "status"),
    [
        ("passed", True, CERTIFIED),
        ("failed", True, FAILED),
        (None, True, CERTIFIED),
        (None, False, PARTIAL),
    ],
)
def test_a_field_certificate_is_one_of_the_oracles_which_a_failed_requirement_spoils(
    ending: Ending | None, alone: bool, status: int
) -> None:
    entries = [oracle(Verdict.PASS), *judge_beside(ending, Verdict.PASS).values()]
    field = Field(assistant="agent", plan="", seed=1, alone=alone)
    assert judge(entries, field=field).exit_status == status


def test_requirements_alone_make_no_field_certificate() -> None:
    entries = [oracle(Verdict.INCONCLUSIVE), *judge_beside("passed", Verdict.PASS).values()]
    field = Field(assistant="agent", plan="", seed=1)
    assert judge(entries, field=field).outcome == "inconclusive"


def test_the_sentence_tells_what_was_judged_by_tests_and_what_by_any_graph() -> None:
    entries = [oracle(Verdict.PASS), *judge_beside("passed", Verdict.PASS).values()]
    field = Field(assistant="agent", plan="", seed=1, accepted=4, ended=4)
    assert describe_field(field, "certified", entries) == (
        "field: certified for 4 of 4 runs of 'agent'; 1 of 1 oracles judged: 1 pass; "
        "2 of 2 requirements judged (1 by tests, 1 by any graph): 2 pass; "
        "the rest needs the probes or hands"
    )


def test_it_is_derived_from_the_folder_with_a_history_of_its_own(tmp_path: Path) -> None:
    apart = tmp_path / LANES / "suite" / HISTORY
    apart.parent.mkdir(parents=True)
    with Recorder(apart) as recorder:
        recorder.add("mark", "http-error", who="api", value={"method": "GET", "path": "/x"})
    ran = [TestOutcome(NODEID, (ALONE.id,), "passed", 0)]
    results = conclude_field(honest(), tmp_path, known={NODEID: (ALONE.id,)}, tests=ran)
    verdicts = {each.id: each.verdict for each in results.requirements}
    assert verdicts.keys() > set(REGISTER)
    assert verdicts[ALONE.id] is Verdict.PASS
    assert (results.outcome, find_differences(tmp_path)) == ("certified", [])
    assert "requirements judged (1 by tests, " in (tmp_path / "summary.md").read_text()
