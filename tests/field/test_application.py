"""What is asked of an application finds its fault, and lets a well written one be."""

import pytest

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.application import APPLICATION, judge_application
from onceproof.conformance.field.words import APP_FAULT, HOSTED
from onceproof.conformance.history.build import history, record, snap
from onceproof.conformance.verdict import Verdict
from tests.field.story import Story, honest, struck


def host(story: Story) -> Story:
    story.add(record("mark", HOSTED, who="harness", value={"graphs": ["agent"]}))
    return story


def note(story: Story, kind: str, run: str | None = "run-a", *, lost: bool = False) -> None:
    value = {"kind": kind, "run_id": run, "text": f"a {kind} at agent.py:3", "lost": lost}
    story.add(record("mark", APP_FAULT, who="harness", value=value))


def judge(story: Story) -> dict[str, CheckResult]:
    return {each.check: each for each in judge_application(history(*story.records))}


def list_guilty(story: Story) -> list[str]:
    return [name for name, result in judge(host(story)).items() if result.findings]


def fail_struck(story: Story) -> None:
    """Let the run that lost its worker end in an error."""
    for each in story.records:
        shown = each.key == "b" and each.op in ("run.status", "final") and each.value
        if shown and shown["status"] == "success":
            shown["status"] = "error"


def test_a_target_that_is_there_for_others_is_not_asked() -> None:
    assert judge_application(history(*honest().records)) == []


def test_a_well_written_application_passes_each() -> None:
    results = judge(host(struck()))
    assert list(results) == list(APPLICATION)
    assert {each.verdict for each in results.values()} == {Verdict.PASS}


def test_what_was_not_seen_is_not_judged() -> None:
    results = judge(host(Story()))
    assert {each.verdict for each in results.values()} == {Verdict.INCONCLUSIVE}
    assert all(each.reason for each in results.values())


@pytest.mark.parametrize(
    ("kind", "guilty"),
    [
        ("NodeBlocked", "nodes_yield"),
        ("StateNotStorable", "state_is_stored"),
        ("type", "types_survive"),
        ("SystemExit", "nodes_end_no_process"),
        ("died", "nodes_end_no_process"),
        ("ValueError", "runs_raise_nothing"),
    ],
)
def test_a_fault_in_the_logs_is_found_by_its_own_question(kind: str, guilty: str) -> None:
    story = struck()
    note(story, kind)
    assert list_guilty(story) == [guilty]


def test_a_worker_that_we_have_killed_is_not_the_application_s_death() -> None:
    story = struck()
    note(story, "died", "run-b", lost=True)
    assert list_guilty(story) == []
    note(story, "died", "run-a", lost=True)
    assert list_guilty(story) == ["nodes_end_no_process"]


def test_a_thread_that_is_left_busy_is_found() -> None:
    story = struck()
    story.change("thread.read", lambda shown: shown.update(status="busy"))
    assert list_guilty(story) == ["no_thread_is_stuck"]


def test_a_run_that_does_not_end_is_found() -> None:
    story = struck()
    story.add(snap("a", "running"))
    assert list_guilty(story) == ["no_thread_is_stuck"]


def test_a_run_that_ends_its_process_anyway_is_not_held_against_ours() -> None:
    story = struck()
    story.wait(60)
    story.fault("process-died", "inject")
    story.run("c", "t3", status="error")
    story.fault("process-died", "heal")
    fail_struck(story)
    assert list_guilty(story) == []


def test_a_run_that_does_not_survive_its_worker_is_found_with_what_it_raised() -> None:
    story = struck()
    fail_struck(story)
    note(story, "AttributeError", "run-b")
    assert list_guilty(story) == ["runs_raise_nothing", "survives_its_worker"]
    [finding] = judge(story)["survives_its_worker"].findings
    assert finding.sentence == (
        "run run-b did not survive process-killed of worker-1: a AttributeError at agent.py:3"
    )
