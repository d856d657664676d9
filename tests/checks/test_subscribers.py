"""resume_equality, subscriber_agreement: a resume continues the stream, and all hear the same."""

from typing import Any

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import close_sub, event, fault, invoke, ok, open_sub
from onceproof.conformance.verdict import Verdict
from tests.checks.judge_records import collect_accusations, judge, list_sentences, passes

CREATED = [invoke("run.create", "a", thread_id="t1"), ok("run.create", "a", thread_id="t1")]


def sub(
    key: str, *places: int | str, reason: str = "eof", token: int = 1, **asked: Any
) -> list[Record]:
    """A subscription that got these places of the stream: 0..5 numbered, "values" at its end."""
    asked = {"from_start": "after" not in asked, **asked}
    events = [
        event(key, "a", name=place, id="7-0", who=key, digest=place)
        if isinstance(place, str)
        else event(key, "a", place, id=f"{place}-0", total=6, who=key, token=token)
        for place in places
    ]
    ends = close_sub(key, "a", reason, who=key)
    return [*CREATED, *open_sub(key, "a", who=key, **asked), *events, ends]


WHOLE = sub("all", 0, 1, 2, 3, 4, 5, "values")


def test_a_resume_that_continues():
    cut = sub("cut", 0, 1, 2, reason="cut")
    result = judge("resume_equality", *WHOLE, *cut, *sub("rest", 3, 4, 5, "values", after="2-0"))
    assert (result.verdict, result.counts["compared"]) == (Verdict.PASS, 1)


def test_off_by_one():
    rest = sub("rest", 4, 5, "values", after="2-0")
    [finding] = judge("resume_equality", *WHOLE, *rest).findings
    assert finding.sentence == (
        "subscription rest of run a resumed after id '2-0': "
        "got custom seq 4 token 1 digest a/4, but should be custom seq 3 token 1 digest a/3"
    )


def test_repeating_one():
    assert list_sentences(
        "resume_equality", *WHOLE, *sub("rest", 2, 3, 4, 5, "values", after="2-0")
    )


def test_nothing_comes_after_the_last_event():
    assert passes("resume_equality", *WHOLE, *sub("rest", after="7-0"))
    [sentence] = list_sentences("resume_equality", *WHOLE, *sub("rest", "values", after="7-0"))
    assert sentence.endswith("got values digest values, but should be end of stream")


def test_an_uncounted_event_that_is_missing_at_the_end():
    assert list_sentences("resume_equality", *WHOLE, *sub("rest", 3, 4, 5, after="2-0"))
    assert passes("resume_equality", *WHOLE, *sub("rest", 3, 4, 5, after="2-0", reason="cut"))


def test_a_truncated_resume_is_the_bounds_matter():
    records = [*WHOLE[2:], *sub("rest", 3, 4, after="2-0")[2:]]
    assert list(collect_accusations(*CREATED, *records)) == ["stream_bounds"]
    nothing = sub("rest", after="2-0")[2:]
    assert list(collect_accusations(*CREATED, *WHOLE[2:], *nothing)) == ["stream_bounds"]


def test_without_a_complete_subscription_the_neighbour_decides():
    cut = sub("cut", 0, 1, 2, reason="cut")
    for first, verdict in ((3, Verdict.PASS), (4, Verdict.FAIL), (2, Verdict.FAIL)):
        result = judge("resume_equality", *cut, *sub("rest", first, after="2-0", reason="cut"))
        assert (result.verdict, result.counts["by_neighbour"]) == (verdict, 1)


def test_a_resume_may_meet_a_newer_attempt_at_its_start():
    cut = sub("cut", 0, 1, 2, reason="cut")
    newer = sub("rest", 0, 1, after="2-0", reason="cut", token=2)
    assert passes("resume_equality", *cut, *newer)
    late = sub("rest", 1, 2, after="2-0", reason="cut", token=2)
    assert list_sentences("resume_equality", *cut, *late)


def test_a_join_without_modes_gets_those_of_the_creation():
    created = sub("all", 0, 1, 2, 3, 4, 5, modes=["custom"])
    joined = sub("rest", 3, 4, 5, after="2-0")
    assert judge("resume_equality", *created, *joined).counts["compared"] == 1


def test_a_cut_of_another_filter_is_known_by_its_place():
    created = sub("all", 0, 1, 2, 3, 4, 5, "values", modes=["custom", "values"])
    joined = sub("rest", 3, 4, 5, after="2-0", modes=["custom"])
    result = judge("resume_equality", *created, *joined)
    assert (result.verdict, result.counts["by_neighbour"]) == (Verdict.PASS, 1)


def test_a_cut_that_nobody_saw_cannot_be_judged():
    result = judge("resume_equality", *WHOLE, *sub("rest", 3, after="99-0"))
    assert (result.verdict, result.counts["unknown_cuts"]) == (Verdict.INCONCLUSIVE, 1)


def test_an_id_that_names_two_events():
    twice = [*WHOLE[:-1], event("all", "a", name="updates", id="2-0", who="all"), WHOLE[-1]]
    assert list_sentences(
        "resume_equality", *twice, *sub("rest", 3, after="2-0", reason="cut")
    ) == ["subscription rest of run a resumed after id '2-0', which names 2 events"]


def test_a_flushed_buffer_excuses_a_difference():
    flush = [fault("flush", phase, loses_streams=True) for phase in ("inject", "heal")]
    rest = sub("rest", 4, 5, after="2-0")
    result = judge("resume_equality", *WHOLE, *rest[:-1], *flush, rest[-1])
    assert (result.verdict, result.counts["unknown_cuts"]) == (Verdict.INCONCLUSIVE, 1)


def test_subscribers_that_agree():
    others = [*sub("two", 0, 1, 2, 3, 4, 5, "values"), *sub("cut", 0, 1, reason="cut")]
    late = sub("late", 4, 5, "values", from_start=False)
    result = judge("subscriber_agreement", *WHOLE, *others, *late)
    assert (result.verdict, result.counts["judged"]) == (Verdict.PASS, 3)


def test_one_alone_agrees_with_nobody():
    assert judge("subscriber_agreement", *WHOLE).verdict is Verdict.INCONCLUSIVE


def test_one_that_misses_an_uncounted_event():
    [finding] = judge("subscriber_agreement", *WHOLE, *sub("two", 0, 1, 2, 3, 4, 5)).findings
    assert finding.sentence == (
        "subscription two of run a and subscription all differ: "
        "two got end of stream where all got values digest values"
    )


def test_a_late_joiner_must_hold_a_suffix_and_a_cut_one_a_prefix():
    late = sub("late", 4, 5, from_start=False)
    assert list_sentences("subscriber_agreement", *WHOLE, *late)
    cut = sub("cut", 0, 1, "values", reason="cut")
    assert list_sentences("subscriber_agreement", *WHOLE, *cut)


def test_a_cut_subscription_without_its_head_is_the_bounds_matter():
    headless = sub("cut", 1, 2, reason="cut")[2:]
    assert list(collect_accusations(*WHOLE, *headless)) == ["stream_bounds"]


def test_metadata_is_each_connections_own():
    greeting = event("two", "a", name="metadata", who="two")
    two = sub("two", 0, 1, 2, 3, 4, 5, "values")
    assert passes("subscriber_agreement", *WHOLE, *two[:4], greeting, *two[4:])


def test_subscriptions_with_different_filters_are_not_compared():
    custom = sub("two", 0, 1, 2, 3, 4, 5, after="0", from_start=True, modes=["custom"])
    result = judge("subscriber_agreement", *WHOLE, *custom)
    assert result.verdict is Verdict.INCONCLUSIVE


def test_a_disordered_resume_is_the_order_matter():
    records = [*WHOLE[2:], *sub("rest", 3, 5, "values", after="2-0")[2:]]
    assert list(collect_accusations(*CREATED, *records)) == ["stream_order"]


def test_a_fault_may_cost_a_subscriber_events_of_a_stream_that_is_not_resumable():
    kill = [fault("kill", phase) for phase in ("inject", "heal")]
    two = sub("two", 0, 1, 2, 3, 4, 5, resumable=False)
    result = judge("subscriber_agreement", *WHOLE, *two[:-1], *kill, two[-1])
    assert result.verdict is Verdict.INCONCLUSIVE


def test_a_newer_attempt_without_its_head_is_the_bounds_matter():
    newer = [event("rest", "a", seq, total=6, who="rest", token=2) for seq in (1, 2, 3, 4, 5)]
    rest = sub("rest", 3, after="2-0")[2:]
    assert list(collect_accusations(*WHOLE, *rest[:-1], *newer, rest[-1])) == ["stream_bounds"]


def test_a_subscription_that_lost_events_to_a_fault_is_no_canon():
    flush = [fault("flush", phase, loses_streams=True) for phase in ("inject", "heal")]
    poor = sub("poor", 0, 1, 2, 3, 4, 5)
    records = [*poor[:-1], *flush, poor[-1], *WHOLE, *sub("two", 0, 1, 2, 3, 4, 5, "values")]
    assert passes("subscriber_agreement", *records)
