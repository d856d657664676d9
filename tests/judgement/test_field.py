"""What a field run amounts to, derived from its folder alone: outcome, exit status, reports."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from onceproof.conformance.errors import CERTIFIED, FAILED, INCONCLUSIVE, INTERRUPTED, PARTIAL
from onceproof.conformance.history.build import history
from onceproof.conformance.judgement.recheck import find_anomalies, find_differences
from onceproof.conformance.run_folder import HISTORY
from onceproof.conformance.runner.conclusion import conclude
from onceproof.reports.field import Field
from onceproof.reports.results import Results, Run
from tests.field.story import Story, honest
from tests.judgement.finished import make_evidence


def conclude_field(
    story: Story,
    folder: Path,
    *,
    interrupted: bool = False,
    accepted: int = 5,
    **beside: Any,
) -> Results:
    """Leave what a field run would, and derive its results."""
    lines = [msgspec.json.encode(record) for record in history(*story.records)]
    (folder / HISTORY).write_bytes(b"".join(line + b"\n" for line in lines))
    run = Run(
        id="field",
        started="2026-11-30T00:00:00+00:00",
        finished="2026-11-30T00:01:00+00:00",
        seconds=60.0,
        command="onceproof certify --assistant agent",
        folder=str(folder),
    )
    field = Field(assistant="agent", plan="about 5 runs", seed=7, accepted=accepted, ended=accepted)
    url = {"kind": "url", "url": "http://127.0.0.1:8123"}
    evidence = make_evidence(
        run, target=url, stack={"kind": "none"}, interrupted=interrupted, field=field, **beside
    )
    return conclude(evidence, folder)[0]


def break_answer(story: Story) -> None:
    story.change("run.result", lambda shown: shown.update(keys={"answer": ["x", "x"]}))


def test_an_honest_run_is_certified_in_field_mode(tmp_path: Path) -> None:
    results = conclude_field(honest(), tmp_path)
    assert (results.outcome, results.exit_status) == ("certified", CERTIFIED)
    assert {each.profile for each in results.requirements} == {"field"}
    assert find_differences(tmp_path) == []
    summary = (tmp_path / "summary.md").read_text()
    assert "certified in field mode" in summary
    assert "field: certified for 5 of 5 runs of 'agent'" in summary
    assert "field: certified for 5 of 5 runs" in (tmp_path / "report.html").read_text()


def test_a_finding_fails_it_and_is_shown_with_its_records(tmp_path: Path) -> None:
    story = honest()
    break_answer(story)
    results = conclude_field(story, tmp_path)
    assert (results.outcome, results.exit_status) == ("failed", FAILED)
    (failed,) = [each for each in results.requirements if each.verdict == "FAIL"]
    assert failed.id == "FIELD-04"
    (check,) = [each for each in results.checks if each.check == "one_answer"]
    assert check.findings[0].timeline
    replayed = dict(find_anomalies(tmp_path, "one_answer", None))
    assert replayed["one_answer FAIL"]


def test_a_graph_that_never_asks_is_certified_all_the_same(tmp_path: Path) -> None:
    story = Story()
    story.run("a", "t1")
    story.rest()
    results = conclude_field(story, tmp_path)
    unjudged = {each.id for each in results.requirements if each.verdict == "INCONCLUSIVE"}
    assert unjudged == {"FIELD-07", "FIELD-10"}
    assert results.exit_status == CERTIFIED


def test_what_every_graph_shows_must_have_been_judged(tmp_path: Path) -> None:
    story = honest()
    story.drop(lambda record: record.op != "thread.history")
    results = conclude_field(story, tmp_path)
    assert (results.outcome, results.exit_status) == ("partial", PARTIAL)


def test_messages_that_do_not_add_up_are_a_warning(tmp_path: Path) -> None:
    story = honest()
    for replica in (-1, -2):
        story.change("thread.state", lambda shown: shown["messages"]["messages"].pop(0), at=replica)
    results = conclude_field(story, tmp_path)
    warned = [each.id for each in results.requirements if each.verdict == "WARN"]
    assert (warned, results.exit_status) == (["FIELD-09"], CERTIFIED)
    assert json.loads((tmp_path / "results.json").read_text())["field"]["assistant"] == "agent"


def test_lists_alone_are_no_certificate(tmp_path: Path) -> None:
    results = conclude_field(honest(), tmp_path, accepted=0)
    assert (results.outcome, results.exit_status) == ("inconclusive", INCONCLUSIVE)


@pytest.mark.parametrize(("interrupted", "status"), [(False, INCONCLUSIVE), (True, INTERRUPTED)])
def test_a_run_that_saw_nothing_certifies_nothing(
    interrupted: bool, status: int, tmp_path: Path
) -> None:
    results = conclude_field(Story(), tmp_path, interrupted=interrupted)
    assert (results.outcome, results.exit_status) == ("inconclusive", status)
