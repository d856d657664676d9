"""What a fault excuses, for how long, and what it never does."""

from typing import Any

import msgspec
import pytest

from onceproof.conformance.field.words import HANDS, STOPPED
from onceproof.conformance.history.build import record
from onceproof.conformance.history.vocabulary import DIED
from onceproof.conformance.verdict import Verdict
from tests.field.story import Story, judge, struck
from tests.field.test_oracles import edit_chain, store_again

Json = dict[str, Any]


def find(oracle: str, story: Story) -> list[str]:
    return [finding.sentence for finding in judge(oracle, story.records).findings]


def delay(story: Story, seconds: float) -> None:
    """Let everything that comes after the mending come later."""
    healed = [n for n, each in enumerate(story.records) if each.kind == "fault"][1]
    for n, each in enumerate(story.records[healed + 1 :], healed + 1):
        late = each.t + int(seconds * 1e9)
        story.records[n] = msgspec.structs.replace(each, t=late)


def end_struck(story: Story, status: str) -> None:
    """Let the run that lost its worker come to another end."""
    for each in story.records:
        shown = each.key == "b" and each.op in ("run.status", "final") and each.value
        if shown and shown["status"] == "success":
            shown["status"] = status


def test_a_run_that_nobody_takes_over_in_time_is_found() -> None:
    story = struck()
    delay(story, 8)
    [said] = find("recovers", story)
    assert "s after process-killed of worker-1: it was mended, and nobody took it over" in said


def test_a_step_stored_again_is_found_although_nobody_saw_the_run_move_before() -> None:
    """Its worker was stalled before its first event had come to any reader."""
    story = struck()
    broken = next(n for n, each in enumerate(story.records) if each.kind == "fault")
    seen = [
        each for each in story.records[:broken] if (each.op, each.key) != ("sub.event", "b-live")
    ]
    story.records[:broken] = seen
    edit_chain(store_again, "t2")(story)
    assert "was stored again after process-killed of worker-1" in find("recovers", story)[0]


def test_nobody_is_late_where_the_timings_are_unknown() -> None:
    story = struck()
    delay(story, 8)
    next(each for each in story.records if each.op == HANDS).value["lease_ms"] = None
    assert find("recovers", story) == []


def test_a_process_that_ends_in_good_order_leaves_no_lease_to_wait_for() -> None:
    """Seven seconds are enough for a killed worker's runs, not for those of one that said so."""
    killed, ended = Story(), Story()
    for story in (killed, ended):
        hands = {"faults": [], "lacks": [], "lease_ms": 5_000}
        story.add(record("mark", HANDS, who="harness", value=hands))
        story.run("a", "t1")
        story.strike("b", "t2", "process-stopped")
        delay(story, 4)
    inject = next(n for n, each in enumerate(ended.records) if each.kind == "fault")
    stopped = record("mark", STOPPED, who="harness", value={}, at=ended.records[inject].t + 1)
    ended.records.insert(inject + 1, stopped)
    assert find("recovers", killed) == []
    [said] = find("recovers", ended)
    assert "that process had ended, and nobody took it over" in said


def test_an_end_that_runs_without_a_fault_do_not_have_is_found() -> None:
    story = struck()
    end_struck(story, "error")
    assert find("recovers", story) == ["run run-b ended in error after process-killed of worker-1"]


def test_a_process_that_ended_by_itself_is_no_fault_of_ours_to_recover_from() -> None:
    story = struck()
    for n, each in enumerate(story.records):
        if each.kind == "fault":
            story.records[n] = msgspec.structs.replace(each, op=DIED)
    end_struck(story, "error")
    assert find("recovers", story) == []


def test_a_graph_whose_runs_fail_by_themselves_is_let_be() -> None:
    story = struck()
    end_struck(story, "error")
    story.run("c", "t3", status="error")
    assert find("recovers", story) == []


def test_a_run_that_is_executed_twice_although_nothing_was_broken_is_found() -> None:
    story = struck()
    events = [e for e in story.records if e.key == "a-live" and e.op == "sub.event"]
    started = next(e for e in events if e.value.get("phase") == "start")
    place = story.records.index(events[-1])
    story.records.insert(place, msgspec.structs.replace(started, t=events[-1].t))
    assert find("recovers", story) == ["run run-a was executed again although nothing was broken"]


@pytest.mark.parametrize("oracle", ["readers_agree", "one_answer", "questions"])
def test_events_that_went_with_redis_accuse_nobody(oracle: str) -> None:
    story = Story()
    story.run("a", "t1")
    story.strike("b", "t2", "redis-restarted", loses_streams=True)
    lost = [e for e in story.records if e.key == "b-live" and e.op == "sub.event"][-3:]
    story.drop(lambda each: each not in lost)
    assert find(oracle, story) == []


def test_whoever_joins_after_redis_was_emptied_misses_the_events_of_a_run_before() -> None:
    story = Story()
    story.run("a", "t1")
    joined = next(n for n, e in enumerate(story.records) if e.key == "a-joined")
    rest, story.records = story.records[joined:], story.records[:joined]
    for phase in ("inject", "heal"):
        story.fault("redis-restarted", phase, loses_streams=True)
    for each in rest:
        if not (each.key == "a-joined" and each.op == "sub.event" and each.value["id"] == "1"):
            story.add(each)
    assert find("readers_agree", story) == []


def test_events_that_went_with_a_worker_are_found() -> None:
    story = struck()
    lost = [e for e in story.records if e.key == "b-cut" and e.op == "sub.event"][-3:]
    story.drop(lambda each: each not in lost)
    assert any("the uncut reader" in said for said in find("readers_agree", story))


def test_a_fault_excuses_nothing_of_a_run_that_came_long_after() -> None:
    story = struck()
    story.wait(9)
    story.run("late", "t9")
    story.drop(
        lambda e: (
            not (e.key == "late-live" and (e.value or {}).get("name") == "checkpoints")
            or e.value["step"] != 1
        )
    )
    assert any("other checkpoints" in said for said in find("stream_tells_history", story))


def test_where_nothing_can_be_broken_it_is_said_what_would_do_it() -> None:
    story = Story()
    story.run("a", "t1")
    result = judge("recovers", story.records)
    assert result.verdict is Verdict.NOT_JUDGED
    assert "--lever" in str(result.reason)


def test_a_fault_that_no_run_met_shows_nothing() -> None:
    story = Story()
    story.run("a", "t1")
    story.wait(60)
    for phase in ("inject", "heal"):
        story.fault("process-killed", phase)
    result = judge("recovers", story.records)
    assert result.counts["judged"] == 0
    assert "--max-runs" in str(result.reason)
