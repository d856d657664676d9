"""Each oracle finds its anomaly, lets an honest run be, and does not judge what it did not see."""

from collections.abc import Callable
from typing import Any

import pytest

from onceproof.conformance.field.oracles import ORACLES, judge_records
from onceproof.conformance.history.build import history, ok, record, snap
from onceproof.conformance.verdict import Verdict
from tests.field.story import Story, honest, judge, struck

Break = Callable[[Story], None]
Json = dict[str, Any]


@pytest.mark.parametrize("oracle", ORACLES)
def test_an_honest_run_is_let_be(oracle: str) -> None:
    result = judge(oracle, story_for(oracle).records)
    assert [finding.sentence for finding in result.findings] == []
    assert result.verdict is Verdict.PASS, result.reason


@pytest.mark.parametrize("oracle", ORACLES)
def test_a_run_that_lost_its_worker_and_went_on_is_let_be(oracle: str) -> None:
    assert [finding.sentence for finding in judge(oracle, struck().records).findings] == []


@pytest.mark.parametrize("oracle", ORACLES)
def test_what_was_not_seen_is_not_judged_and_says_so(oracle: str) -> None:
    result = judge(oracle, [])
    unseen = Verdict.NOT_JUDGED if oracle == "recovers" else Verdict.INCONCLUSIVE
    assert result.verdict is unseen
    assert result.reason
    assert result.counts["judged"] == 0


def test_oracles_are_judged_in_the_order_of_their_numbers() -> None:
    names = [result.check for result in judge_records(history(*honest().records))]
    assert names == list(ORACLES)
    numbers = [oracle.number for oracle in ORACLES.values()]
    assert numbers == sorted(set(numbers))


def story_for(oracle: str) -> Story:
    return struck() if oracle == "recovers" else honest()


def edit(op: str, at: int = -1, **value: Any) -> Break:
    return lambda story: story.change(op, lambda shown: shown.update(value), at=at)


def edit_chain(change: Callable[[list[Json]], None], thread: str = "t1") -> Break:
    """Change what every listing of a thread's checkpoints shows, the newest first."""

    def apply(shown: Json) -> None:
        if shown["chain"] and shown["chain"][0]["id"].startswith(thread):
            change(shown["chain"])

    return lambda story: story.change_all("thread.history", apply)


def repeat_step(chain: list[Json]) -> None:
    """The newest checkpoint again, as a child of itself."""
    if chain[0]["id"] == "t1-7":
        chain.insert(0, chain[0] | {"id": "t1-8", "parent": "t1-7"})


def interleave(chain: list[Json]) -> None:
    if len(chain) == 8:
        chain[1]["run_id"], chain[6]["run_id"] = "run-a", "run-b"


def reverse_runs(chain: list[Json]) -> None:
    for entry in chain:
        entry["run_id"] = "run-b" if entry["run_id"] == "run-a" else "run-a"


def fork(chain: list[Json]) -> None:
    if len(chain) == 8:
        chain.append(chain[2] | {"id": "rival"})


def store_again(chain: list[Json]) -> None:
    chain.append(chain[1] | {"id": "rival"})


def begin_anew(chain: list[Json]) -> None:
    chain[1]["source"] = "input"


def arrive_late(story: Story) -> None:
    def grow(shown: Json) -> None:
        entry = shown["chain"][0]
        step = entry["step"] + 1
        shown["chain"].insert(0, entry | {"id": "late", "parent": entry["id"], "step": step})

    story.change("thread.history", grow)


def drop_event(story: Story) -> None:
    events = [each for each in story.records if each.key == "a-cut" and each.op == "sub.event"]
    story.records.remove(events[5])


def change_message(change: Callable[[list[Json]], None]) -> Break:
    return lambda story: story.change(
        "thread.state", lambda shown: change(shown["messages"]["messages"])
    )


def overlap(story: Story) -> None:
    """A second run of a thread is seen running between two reads of the first."""
    story.create("x", "t9", strategy="enqueue")
    story.create("y", "t9", strategy="enqueue")
    for label in ("x", "y", "x"):
        story.read(label, "running")


def reject_late(story: Story) -> None:
    story.create("x", "t9")
    story.create("y", "t9", strategy="reject")
    story.read("x", "running")


def close_other_question(story: Story) -> None:
    story.create("x", "t2", answers=["q1"], questions=["q1", "q2"])
    story.execute("x", "t2")


def stale_event(story: Story) -> None:
    last = [each for each in story.records if each.key == "b-live" and each.op == "sub.event"][-1]
    place = story.records.index(last)
    late = story.records[place].value | {"id": "99"}
    story.wait(9)
    story.add(record("event", "sub.event", "b-live", who="s", value=late))


def live_event(name: str, change: Callable[[Json], None]) -> Break:
    def apply(story: Story) -> None:
        events = [e for e in story.records if e.op == "sub.event" and e.value["name"] == name]
        change(events[0].value)

    return apply


def drop_live(name: str, **having: Any) -> Break:
    def is_it(value: Json) -> bool:
        return value.get("name") == name and having.items() <= value.items()

    return lambda story: story.drop(
        lambda each: not (each.op == "sub.event" and each.key == "a-live" and is_it(each.value))
    )


BROKEN: list[tuple[str, Break, str]] = [
    ("ends_once", edit("final", status="running"), "is stuck"),
    ("ends_once", edit("final", status=None), "vanished"),
    ("ends_once", edit("run.status", at=0, status=None), "was unknown to a replica"),
    ("ends_once", edit("run.status", status="error"), "ended twice"),
    ("ends_once", edit("run.status", status="running"), "went back from"),
    ("committed_once", edit_chain(lambda chain: chain.pop()), "is missing"),
    ("committed_once", edit_chain(lambda chain: chain[0].update(step=9)), "follows step"),
    ("committed_once", edit_chain(repeat_step), "follows step 6"),
    ("committed_once", edit_chain(interleave), "between them"),
    ("committed_once", edit_chain(reverse_runs), "was executed after"),
    ("late_commit", edit_chain(fork), "stands beside the thread's chain"),
    ("late_commit", arrive_late, "after it had ended"),
    ("one_answer", edit("thread.state", keys={"answer": ["x", "x"]}), "differ in 'answer'"),
    ("one_answer", edit("run.result", keys={"answer": ["x", "x"]}), "differ in 'answer'"),
    ("stream_tells_history", drop_live("checkpoints", step=1), "other checkpoints"),
    ("stream_tells_history", drop_live("tasks", phase="end"), "never ended"),
    ("readers_agree", drop_event, "is not that of the uncut reader"),
    ("readers_agree", edit("sub.event", id="1"), "repeats"),
    ("one_at_a_time", overlap, "ran at once"),
    ("one_at_a_time", reject_late, "was accepted with reject"),
    ("nothing_after_end", edit("run.status", updated_at="u2"), "was changed after its end"),
    ("nothing_after_end", edit("thread.read", updated_at="v"), "although its runs were over"),
    ("nothing_after_end", stale_event, "arrived after its end"),
    ("messages", change_message(lambda shown: shown.append(shown[0])), "stands 2 times"),
    ("messages", change_message(lambda shown: shown.pop(0)), "vanished"),
    ("questions", edit("thread.state", at=-3, questions=["q1"]), "differ between two views"),
    ("questions", close_other_question, "closed q2, too"),
    ("replicas_agree", edit("thread.state", checkpoint="other"), "differs between replicas"),
    ("no_cross_talk", live_event("values", lambda v: v.update(marks=["c"])), "the mark of run c"),
    ("no_cross_talk", edit_chain(lambda chain: chain[0].update(mark="a")), "the mark of run a"),
    ("shape", edit("thread.state", problems=["it has no values"]), "it has no values"),
    ("lists_agree", edit("list.threads", at=0, ids=["t1"]), "2 missing"),
    ("lists_agree", edit("list.threads", at=0, ids=["t1", "t2", "t2"]), "twice"),
    ("lists_agree", edit("list.count", count=7), "count"),
    ("lists_agree", edit("thread.runs", runs=[]), "not in it"),
    ("recovers", edit_chain(store_again, "t2"), "was stored again after process-killed of"),
    ("recovers", edit_chain(begin_anew, "t2"), "was begun anew after process-killed of"),
]


@pytest.mark.parametrize(("oracle", "breaking", "sentence"), BROKEN)
def test_an_anomaly_is_found(oracle: str, breaking: Break, sentence: str) -> None:
    story = story_for(oracle)
    breaking(story)
    result = judge(oracle, story.records)
    assert result.verdict is Verdict.FAIL, (result.reason, result.counts)
    assert any(sentence in finding.sentence for finding in result.findings), result.findings
    assert all(finding.records for finding in result.findings)


def test_every_oracle_is_broken_once() -> None:
    assert {oracle for oracle, _, _ in BROKEN} == set(ORACLES)


def test_a_tool_call_without_an_answer_is_found() -> None:
    story = Story()
    story.run("a", "t1")
    story.rest()
    edit_all = change_message(lambda shown: shown.pop(2))
    edit_all(story)
    sentences = [each.sentence for each in judge("messages", story.records).findings]
    assert any("has no answer" in each for each in sentences)


def test_a_run_that_was_rolled_back_may_be_gone() -> None:
    story = Story()
    story.create("a", "t1")
    story.run("b", "t1", strategy="rollback")
    story.rest()
    story.add(snap("a", None))
    for oracle in ("ends_once", "lists_agree", "committed_once"):
        assert judge(oracle, story.records).verdict is Verdict.PASS, oracle


def test_a_cancel_that_was_ignored_is_found_in_a_long_run() -> None:
    story = Story()
    story.create("a", "t1")
    asked = story.now
    story.wait(12)
    story.execute("a", "t1")
    story.add(ok("run.cancel", "a", status=204, call_t=asked))
    sentences = [each.sentence for each in judge("nothing_after_end", story.records).findings]
    assert any("went on long after it was to be cancelled" in each for each in sentences)


def test_runs_one_after_the_other_never_met() -> None:
    story = Story()
    story.run("a", "t1")
    story.run("b", "t1")
    assert judge("one_at_a_time", story.records).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("streamed", "sentence"),
    [
        ({"texts": {"a-answer": "other"}}, "do not add up to its text"),
        ({"wholes": {"other": "t1"}, "texts": {}}, "an id that it is not stored under"),
    ],
)
def test_streamed_messages_are_those_that_are_stored(streamed: Json, sentence: str) -> None:
    story = honest()
    live = [e for e in story.records if e.op == "sub.close" and e.key == "a-live"]
    live[0].value.update(streamed)
    sentences = [each.sentence for each in judge("messages", story.records).findings]
    assert any(sentence in each for each in sentences)


def test_the_same_words_in_an_earlier_run_are_another_message() -> None:
    story = Story()
    story.run("a", "t1")
    story.run("b", "t1")
    story.rest()
    live = [e for e in story.records if e.op == "sub.close" and e.key == "b-live"]
    live[0].value.update({"wholes": {"b-result": "r"}})
    assert judge("messages", story.records).verdict is Verdict.PASS


def test_a_message_that_says_the_same_as_an_earlier_one_is_another() -> None:
    """The second turn's is not yet stored when the state after the first turn is read."""
    story = Story()
    story.run("a", "t1")
    story.run("b", "t1")
    story.rest()
    [live] = [e for e in story.records if e.op == "sub.close" and e.key == "b-live"]
    live.value.update({"wholes": {"b-answer": "t1"}, "texts": {}})
    assert judge("messages", story.records).findings == ()
    live.value.update({"wholes": {"b-answer": "t1", "removed": "t1"}})
    assert judge("messages", story.records).findings == ()
    live.value.update({"wholes": {"other": "t1"}})
    assert judge("messages", story.records).findings


def test_values_beside_an_open_question_are_not_compared() -> None:
    story = Story()
    story.run("a", "t1", status="interrupted")
    story.rest()
    story.change_all("thread.state", lambda shown: shown.update(keys={"answer": ["x", "x"]}))
    assert judge("one_answer", story.records).verdict is Verdict.INCONCLUSIVE


def test_what_a_run_committed_goes_with_it_when_it_is_rolled_back() -> None:
    story = Story()
    story.run("a", "t1")
    story.run("b", "t1", strategy="rollback")
    story.rest()
    story.add(snap("a", None))
    sentences = [each.sentence for each in judge("committed_once", story.records).findings]
    assert any("rolled back, but not its checkpoints" in each for each in sentences)


def test_the_stream_of_a_run_that_was_rolled_back_may_end_anywhere() -> None:
    story = Story()
    story.run("a", "t1")
    story.run("b", "t1", strategy="rollback")
    events = [each for each in story.records if each.key == "a-cut" and each.op == "sub.event"]
    for last in events[-3:]:
        story.records.remove(last)
    assert judge("readers_agree", story.records).verdict is Verdict.PASS


def test_events_beyond_an_acknowledged_cancel_are_found() -> None:
    story = Story()
    story.create("a", "t1")
    story.read("a", "running")
    story.add(ok("run.cancel", "a", status=204, call_t=story.now))
    story.wait(5)
    story.execute("a", "t1")
    sentences = [each.sentence for each in judge("nothing_after_end", story.records).findings]
    assert any("after its end or its cancel" in each for each in sentences)


def test_a_run_that_only_asked_again_leaves_no_checkpoint() -> None:
    story = Story()
    story.run("a", "t1", status="interrupted")
    story.rest()
    story.change_all("thread.history", lambda shown: shown["chain"].clear())
    for oracle in ("committed_once", "stream_tells_history"):
        assert judge(oracle, story.records).findings == (), oracle


def test_the_order_of_a_set_is_a_notice_and_no_finding() -> None:
    story = honest()
    story.change("run.result", lambda shown: shown.update(keys={"answer": ["d2", "d1"]}))
    result = judge("one_answer", story.records)
    assert result.verdict is Verdict.PASS
    assert "another order" in result.notices[0]


def test_a_reader_that_joins_after_the_events_have_expired_accuses_nobody() -> None:
    story = honest()
    story.drop(lambda each: not (each.op == "sub.event" and str(each.key).endswith("-joined")))
    assert judge("readers_agree", story.records).verdict is Verdict.PASS
