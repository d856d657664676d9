"""resurrected, cron_ticks and the marks: what begins no more, and what was lived through."""

from typing import Any

import pytest

from onceproof.conformance.checks.views.view import View
from onceproof.conformance.checks.witnessed import MARKS, count_situations
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import (
    begin,
    end,
    fail,
    fault,
    history,
    invoke,
    mark,
    ok,
    quiesce,
    record,
    snap,
)
from onceproof.conformance.verdict import Verdict
from tests.checks.judge_records import create, judge, list_sentences, passes

STEP = [begin("a", 1), end("a", 1)]


def show(status: str) -> list[Record]:
    return [invoke("run.status", "a"), ok("run.status", "a", status=status)]


def delete() -> list[Record]:
    return [invoke("run.delete", "a"), ok("run.delete", "a")]


def test_a_refused_run_has_no_status_at_the_end():
    refused = [invoke("run.create", "a"), fail("run.create", "a"), quiesce()]
    [finding] = judge("resurrected", *refused, snap("a", "success")).findings
    assert finding.sentence == "run a has status 'success', although its create had been refused"
    assert (finding.expected, finding.actual, finding.records) == ("no such run", "success", (1, 3))
    assert passes("resurrected", *refused, snap("a", None))


def test_a_deleted_run_begins_nothing_not_even_in_a_fault():
    late = ["step 0 of run a began after its delete had been acknowledged"]
    assert list_sentences("resurrected", *create(), *delete(), *STEP) == late
    around = [fault("kill", "inject"), *delete(), *STEP, fault("kill", "heal")]
    assert list_sentences("resurrected", *create(), *around) == late


@pytest.mark.parametrize("status", ["interrupted", "error", "timeout"])
def test_what_was_shown_as_over_begins_nothing_but_in_a_fault(status: str):
    late = f"step 0 of run a began after the run had been shown as {status!r}"
    assert list_sentences("resurrected", *create(), *show(status), *STEP) == [late]
    around = [fault("kill", "inject"), *show(status), *STEP, fault("kill", "heal")]
    assert passes("resurrected", *create(), *around)


def test_the_first_end_counts():
    records = [*create(), *show("error"), *STEP, *delete()]
    assert list_sentences("resurrected", *records) == [
        "step 0 of run a began after the run had been shown as 'error'"
    ]


def test_what_was_not_acknowledged_ends_nothing():
    lost = [invoke("run.delete", "a"), fail("run.delete", "a")]
    result = judge("resurrected", *create(), *lost, *STEP)
    assert (result.verdict, result.counts["judged"]) == (Verdict.INCONCLUSIVE, 0)


def watched(*fires_s: float, coarse: bool = False) -> Record:
    value: dict[str, Any] = {"period_s": 2.0, "tolerance_s": 0.25, "coarse": coarse}
    return record("snap", "cron.fires", "c", who="crons", value={**value, "fires_s": [*fires_s]})


def test_a_cron_that_leaves_out_a_due_time():
    [finding] = judge("cron_ticks", watched(0.1, 2.1, 6.2)).findings
    assert finding.sentence == "cron c made 3 runs for 4 due times"
    assert (finding.expected, finding.actual) == ("4", "3")


def test_a_cron_that_may_leave_out_due_times():
    result = judge("cron_ticks", watched(0.1, 2.1, 6.2, coarse=True))
    assert result.verdict is Verdict.PASS
    assert (result.counts["crons"], result.counts["skipped"]) == (1, 1)


def test_a_cron_that_is_early():
    [finding] = judge("cron_ticks", watched(0.1, 1.0)).findings
    assert finding.sentence == "cron c made run 2 before its due time"
    assert (finding.expected, finding.actual) == ("2 s or later", "1.000 s")
    assert passes("cron_ticks", watched(0.1, 1.75))


def count(name: str, *records: Record) -> int:
    return count_situations(View.of(history(*records)))[name]


def test_a_lease_expired_where_a_newer_attempt_began_during_an_older():
    older, newer = begin("a", 1, at=10), begin("a", 2, at=20)
    expired = "lease-expired-while-alive"
    assert count(expired, *create(), older, newer, end("a", 1, at=30), end("a", 2, at=40)) == 1
    touching = [older, end("a", 1, at=20), newer, end("a", 2, at=40)]
    assert count(expired, *create(), *touching) == 0
    other = begin("a", 2, 1, at=20)
    assert count(expired, *create(), older, other, end("a", 1, at=30), end("a", 2, at=40)) == 0


def test_each_mark_that_was_left_counts():
    records = [mark("redis-flushed-with-pending"), mark("redis-flushed-with-pending")]
    assert count("redis-flushed-with-pending", *records) == 2
    assert {*count_situations(View.of(history(*records)))} == {*MARKS}
