"""What a chaos amounts to: its exit status follows from its checks, and can be derived again."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from onceproof.conformance.checks import CHECKS, CheckResult
from onceproof.conformance.errors import CERTIFIED, FAILED, HARNESS, INCONCLUSIVE
from onceproof.conformance.history import Recorder
from onceproof.conformance.history import build as b
from onceproof.conformance.judgement import evidence as judging
from onceproof.conformance.judgement.evidence import RunEvidence
from onceproof.conformance.judgement.recheck import find_differences
from onceproof.conformance.verdict import Verdict
from onceproof.reports.chaos import ChaosEvidence
from onceproof.reports.results import Results, Run
from onceproof.reports.write import write_all
from tests.judgement.finished import make_evidence

RUN = Run(
    id="r",
    started="2026-01-01T00:00:00Z",
    finished="2026-01-01T00:01:00Z",
    seconds=60.0,
    command="onceproof chaos --seed 7",
    seed=7,
    folder="r",
)
QUIET = ChaosEvidence(faults={"worker-killed": 1}, operations={"queued": 1}, disturbed=0)


def record_chaos(folder: Path, chaos: ChaosEvidence = QUIET) -> RunEvidence:
    """The folder of a chaos in which one run was accepted and ended well."""
    with Recorder(folder / "history.jsonl") as recorder:
        for r in b.history(
            b.invoke("run.create", "n", thread_id="t", steps=1),
            b.ok("run.create", "n", run_id="run-n", thread_id="t"),
            *(b.begin("n", 1), b.effect("n", 1), b.end("n", 1)),
            b.quiesce(),
            b.snap("n", "success", log=[b.entry("n", 0, 1)]),
        ):
            recorder.add(r.kind, r.op, who=r.who, key=r.key, value=r.value, t=r.t)
    judging.save_evidence(make_evidence(RUN, chaos=chaos), folder)
    return judging.load_evidence(folder)


def answers(**verdicts: Verdict) -> list[CheckResult]:
    """One answer of each check: PASS, unless another verdict is given."""
    return [
        CheckResult(name, verdicts.get(name, Verdict.PASS), (), {"judged": 1}, (), None)
        for name in CHECKS
    ]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The results of a chaos whose checks answer so."""

    def derive(checks: Iterable[CheckResult], chaos: ChaosEvidence = QUIET) -> Results:
        monkeypatch.setattr(judging, "judge_histories", lambda histories: list(checks))
        return judging.derive_results(record_chaos(tmp_path, chaos), tmp_path)

    return derive


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ({}, CERTIFIED),
        ({"lost": Verdict.FAIL}, FAILED),
        ({"lost": Verdict.INCONCLUSIVE}, INCONCLUSIVE),
        ({"assumptions": Verdict.INCONCLUSIVE}, INCONCLUSIVE),
        ({"lost": Verdict.FAIL, "overlap": Verdict.INCONCLUSIVE}, FAILED),
        ({"assumptions": Verdict.ERROR, "lost": Verdict.FAIL}, HARNESS),
        # Not every chaos feeds these two, and those below serve no binding requirement.
        ({"stale_commit": Verdict.INCONCLUSIVE, "cron_ticks": Verdict.INCONCLUSIVE}, CERTIFIED),
        ({"decided_once": Verdict.FAIL}, FAILED),
        ({"expected_end": Verdict.FAIL}, FAILED),
    ],
)
def test_the_exit_status_follows_from_the_checks(judged, verdicts, status: int) -> None:
    assert judged(answers(**verdicts)).exit_status == status


def test_an_answer_that_no_fault_explains_leaves_it_inconclusive_unless_it_failed(judged) -> None:
    odd = msgspec.structs.replace(QUIET, surprises=["wait: 418"])
    results = judged(answers(), odd)
    assert (results.outcome, results.exit_status) == ("inconclusive", INCONCLUSIVE)
    assert results.is_withdrawn


def test_only_binding_requirements_of_checks_that_count_are_listed(judged) -> None:
    results = judged(answers(cron_ticks=Verdict.INCONCLUSIVE))
    assert {r.level for r in results.requirements} == {"MUST"}
    named = {name for r in results.requirements for name in r.checks}
    assert {"lost", "overlap"} <= named
    assert not named & {"cron_ticks", "expected_end"}
    assert {check.check for check in results.checks} == set(CHECKS)


def test_an_untouched_chaos_gives_the_same_document(tmp_path: Path) -> None:
    results = judging.derive_results(record_chaos(tmp_path), tmp_path)
    write_all(results, tmp_path)
    assert find_differences(tmp_path) == []
    assert results.chaos is not msgspec.UNSET
    assert (results.chaos.runs.accepted, results.chaos.runs.finished_once) == (1, 1)
    assert results.run.seed == 7
