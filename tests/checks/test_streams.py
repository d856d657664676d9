"""stream_order and stream_bounds: within one connection, and at its two ends."""

from typing import Any

import pytest

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import (
    close_sub,
    event,
    fault,
    info,
    invoke,
    ok,
    open_sub,
    quiesce,
    snap,
)
from onceproof.conformance.verdict import Verdict
from tests.checks.judge_records import collect_accusations, judge, list_sentences, passes

KILL = [fault("kill", "inject"), fault("kill", "heal")]
FLUSH = [fault("flush", phase, loses_streams=True) for phase in ("inject", "heal")]


def create(nonce: str = "a", **asked: Any) -> list[Record]:
    return [invoke("run.create", nonce, thread_id="t1", **asked), ok("run.create", nonce)]


def receive(*seqs: int, token: int = 1, total: int = 3) -> list[Record]:
    return [event("s", "a", seq, token=token, total=total) for seq in seqs]


def stream(*records: Record, reason: str = "eof", **asked: Any) -> list[Record]:
    asked = {"from_start": True, **asked}
    return [*create(), *open_sub("s", "a", **asked), *records, close_sub("s", "a", reason)]


@pytest.mark.parametrize(
    "check", ["stream_order", "stream_bounds", "resume_equality", "subscriber_agreement"]
)
def test_empty(check: str):
    result = judge(check)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason


@pytest.mark.parametrize("check", ["stream_order", "stream_bounds"])
def test_sane(check: str):
    assert passes(check, *stream(*receive(0, 1, 2)))


def test_a_gap():
    [finding] = judge("stream_order", *stream(*receive(0, 3, 4, total=5))).findings
    assert finding.sentence == "subscription s of run a: seq 1, 2 never arrived"
    assert (finding.expected, finding.actual) == ("0, 1, …, 3", "0, 3")
    assert finding.records == (4, 5)


def test_a_reorder_is_no_gap():
    [finding] = judge("stream_order", *stream(*receive(40, 41, 43, 42, total=44))).findings
    assert finding.sentence == "subscription s of run a: got seq 42 after 43"
    assert finding.records == (6, 7)


def test_a_duplicate():
    assert list_sentences("stream_order", *stream(*receive(0, 1, 1, 2))) == [
        "subscription s of run a: got seq 1 again"
    ]


def test_many_missing_events_are_one_sentence():
    [sentence] = list_sentences("stream_order", *stream(*receive(0, 10**9, total=10**9 + 1)))
    assert sentence.endswith("seq 1, 2, 3, 4, 5, 6, 7, 8 and 999999991 more never arrived")


def test_each_attempt_counts_from_the_start():
    retried = [*receive(0, 1), *receive(0, 1, 2, token=2)]
    for check in ("stream_order", "stream_bounds"):
        assert passes(check, *stream(*retried))


def test_attempts_without_a_sink_look_alike():
    again = [*receive(0, token=0), *KILL, *receive(0, 1, 2, token=0)]
    result = judge("stream_order", *stream(*again))
    assert (result.verdict, len(result.notices)) == (Verdict.PASS, 1)
    assert list_sentences("stream_order", *stream(*receive(0, 0, 1, token=0)))


def test_an_older_attempt_that_goes_on_is_spliced_and_in_order():
    records = stream(*receive(0), *receive(0, token=2), *receive(1))
    assert passes("stream_order", *records)
    [sentence] = list_sentences("attempt_splice", *records)
    assert "an event of the older attempt 1 arrived after one of attempt 2" in sentence


def test_a_gap_during_a_fault_is_lawful_unless_the_stream_is_resumable():
    records = [*receive(0), *KILL, *receive(2)]
    assert passes("stream_order", *stream(*records, resumable=False))
    assert list_sentences("stream_order", *stream(*records, resumable=True))


def test_a_gap_is_lawful_when_the_fault_flushed_the_buffer():
    result = judge("stream_order", *stream(*receive(0), *FLUSH, *receive(2), resumable=True))
    assert result.verdict is Verdict.PASS
    assert result.notices == ("subscription s of run a missed 1 events while a fault was active",)


def test_no_fault_excuses_a_duplicate():
    assert list_sentences(
        "stream_order", *stream(*receive(0), *FLUSH, *receive(0, 1, 2), resumable=False)
    )


def test_a_missing_head():
    [finding] = judge("stream_bounds", *stream(*receive(1, 2))).findings
    assert finding.sentence == "subscription s of run a starts late: the first event is seq 1"
    assert passes("stream_bounds", *stream(*receive(1, 2), from_start=False))


def test_a_newer_attempt_starts_at_its_head():
    assert list_sentences("stream_bounds", *stream(*receive(0), *receive(1, 2, token=2)))


def test_a_missing_tail_is_invisible_to_neighbours():
    records = stream(*receive(0, 1))
    assert collect_accusations(*records) == {
        "stream_bounds": ["subscription s of run a was truncated: it ended after seq 1 of 3 events"]
    }


@pytest.mark.parametrize("reason", ["eof", "error"])
def test_nothing_at_all_of_a_declared_total(reason: str):
    silent = [*open_sub("s", "a", from_start=True), close_sub("s", "a", reason)]
    [finding] = judge("stream_bounds", *create(total=3), *silent).findings
    assert finding.sentence == "subscription s of run a was truncated: it got nothing of 3 events"


def test_a_connection_that_the_client_cut_need_not_be_complete():
    assert passes("stream_bounds", *stream(*receive(0, 1), reason="cut"))


def test_an_early_end_is_lawful_during_a_fault_and_after_a_cancel():
    assert passes("stream_bounds", *stream(*receive(0), *KILL))
    cancel = [invoke("run.cancel", "a"), ok("run.cancel", "a")]
    assert passes("stream_bounds", *cancel, *stream(*receive(0), *cancel))
    assert passes("stream_bounds", *stream(*receive(0)), quiesce(), snap("a", "error"))


def test_a_live_join_of_a_finished_run_gets_nothing():
    records = [*create(total=3), *open_sub("s", "a"), close_sub("s", "a")]
    assert judge("stream_bounds", *records).verdict is Verdict.INCONCLUSIVE


def test_a_filter_without_numbered_events_promises_no_end_of_them():
    other = [*open_sub("s", "a", from_start=True, modes=["values"]), close_sub("s", "a")]
    assert judge("stream_bounds", *create(total=3), *other).verdict is Verdict.INCONCLUSIVE
    custom = [*open_sub("s", "a", from_start=True, modes=["custom"]), close_sub("s", "a")]
    assert list_sentences("stream_bounds", *create(total=3), *custom)


def test_an_expired_or_refused_subscription_promises_nothing():
    expired = [*open_sub("s", "a", from_start=True, expired=True), close_sub("s", "a")]
    call = invoke("sub.open", "s", nonce="a", from_start=True)
    refused = [call, info("sub.open", "s"), close_sub("s", "a", "error")]
    for silent in (expired, refused):
        result = judge("stream_bounds", *create(total=3), *silent)
        assert result.verdict is Verdict.INCONCLUSIVE


def test_an_event_beyond_the_total():
    assert list_sentences("stream_bounds", *stream(*receive(0, 1, 2, 3))) == [
        "subscription s of run a got an event beyond the declared total of 3"
    ]


def test_an_event_after_the_terminal_one():
    failed = event("s", "a", name="error")
    assert list_sentences("stream_bounds", *stream(*receive(0, 1, 2), failed, event("s", "a"))) == [
        "subscription s of run a got an event beyond the terminal event"
    ]


def test_an_end_may_follow_an_error_once():
    failed, end = event("s", "a", name="error"), event("s", "a", name="end")
    assert passes("stream_bounds", *stream(*receive(0, 1, 2), failed, end))
    for more in (event("s", "a", name="end"), event("s", "a", name="error"), event("s", "a")):
        beyond = stream(*receive(0, 1, 2), failed, end, more)
        assert list_sentences("stream_bounds", *beyond) == [
            "subscription s of run a got an event beyond the terminal event"
        ]


def test_an_attempt_may_go_on_after_its_terminal_event_during_a_fault():
    failed = event("s", "a", name="error")
    assert passes("stream_bounds", *stream(*receive(0), failed, *KILL, *receive(0, 1, 2, token=2)))


def test_a_missing_head_is_lawful_where_a_fault_may_cost_events():
    result = judge("stream_bounds", *stream(*KILL, *receive(1, 2), resumable=False))
    assert result.verdict is Verdict.PASS
    assert result.notices == (
        "subscription s of run a missed its first events while a fault was active",
    )


def test_an_older_attempt_that_turns_up_late_promises_no_start():
    assert passes(
        "stream_bounds", *stream(*receive(0, 1, token=2), *receive(1), *receive(2, token=2))
    )


def test_nothing_of_the_newer_attempt_is_a_truncation():
    """The client left at the end of attempt 1, so all of attempt 2 was still to come."""
    first = [event("s", "a", seq, id=f"{seq}-0", total=2) for seq in (0, 1)]
    cut = [*open_sub("s", "a", from_start=True), *first, close_sub("s", "a", "cut")]
    again = [event("live", "a", seq, total=2, token=2, who="s2") for seq in (0, 1)]
    live = [*open_sub("live", "a", who="s2"), *again, close_sub("live", "a", who="s2")]
    rest = [*open_sub("rest", "a", who="s3", after="1-0"), close_sub("rest", "a", who="s3")]
    assert list_sentences("stream_bounds", *create(), *cut, *live, *rest) == [
        "subscription rest of run a was truncated: it got nothing of 2 events"
    ]
    assert passes("stream_bounds", *create(), *cut, *rest)
