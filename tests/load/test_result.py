"""The result: figures that add up over seconds and processes, and a sentence that is true."""

import os
import random
import subprocess
import sys
import time
from typing import Any

import msgspec
import pytest

from onceproof.load.account import Account
from onceproof.load.result import is_clean, lines, part, sentence, summarize
from onceproof.load.series import Series, export, measure_cpu
from onceproof.reports.load import Load


def series(latencies_us: list[float]) -> Series:
    measured = Series()
    for latency_us in latencies_us:
        measured.count_acceptance()
        measured.count_end(latency_us)
        measured.event()
        measured.operation("create run", latency_us, latency_us > 19_000)
    measured.end()
    return measured


def shares(*groups: list[float]) -> list[dict[str, Any]]:
    return [
        part(export(series(group)), Account(accepted=len(group), run_ids={"n": "r"}), 2)
        for group in groups
    ]


def test_percentiles_of_two_processes_are_those_of_all_their_values():
    values = [random.Random(1).uniform(1_000, 20_000) for _ in range(2_000)]
    [operation] = summarize(shares(values[:500], values[500:]))["operations"]
    assert (operation["count"], operation["failures"]) == (2_000, sum(v > 19_000 for v in values))
    ordered = sorted(values)
    for name, rank in (("p50_ms", 1_000), ("p90_ms", 1_800), ("p99_ms", 1_980), ("max_ms", 2_000)):
        assert operation[name] == pytest.approx(ordered[rank - 1] / 1000, rel=0.01), name


def test_seconds_of_two_processes_are_added():
    load = summarize(shares([5_000] * 30, [5_000] * 12))
    assert sum(row["finished_per_s"] for row in load["series"]) == 42
    assert sum(row["events_per_s"] for row in load["series"]) == 42
    assert load["series"][0]["t_s"] == 0
    assert (load["users"], load["accepted"]) == (4, 42)


def test_the_result_is_what_reports_read():
    account = Account(accepted=50, lost=["a"], lost_count=40, duplicated=["b"], duplicated_count=1)
    load = summarize([part(export(series([1_000, 2_000])), account, 3)])
    read = msgspec.convert(load, Load, strict=True)
    assert (read.lost, read.lost_total, read.duplicated_total) == (["a"], 40, 1)
    assert read.finished_once == 9
    assert read.series[0].p50_ms == pytest.approx(1, rel=0.01)


def test_a_second_without_a_finished_run_has_no_percentiles():
    quiet = Series()
    quiet.end()
    row = summarize([part(export(quiet), Account(), 1)])["series"][0]
    assert (row["p50_ms"], row["p99_ms"], row["finished_per_s"]) == (None, None, 0)


@pytest.mark.parametrize(
    ("account", "wanted", "good"),
    [
        (
            Account(accepted=9),
            "9 runs accepted, 9 finished once, 0 lost, 0 duplicated",
            True,
        ),
        (
            Account(accepted=9, failed=2),
            "9 runs accepted, 9 finished once, 0 lost, 0 duplicated, 2 ended in error",
            True,
        ),
        (
            Account(accepted=9, lost_count=1, duplicated_count=2, findings_count=3),
            "9 runs accepted, 6 finished once, 1 lost, 2 duplicated",
            False,
        ),
        (
            Account(accepted=9, unfinished=["a"], findings_count=1),
            "9 runs accepted, 8 finished once, 0 lost, 0 duplicated, 1 unfinished",
            False,
        ),
        (
            Account(accepted=9, unread=4, undecided={"lost": "4 runs were not read"}),
            "9 runs accepted, 5 finished once, 0 lost, 0 duplicated, 4 not readable at the end",
            False,
        ),
        (
            Account(accepted=9, undecided={"duplicate": "nothing was seen"}),
            "9 runs accepted, 9 finished, 0 lost, duplicates not judged (nothing was seen)",
            True,
        ),
        (
            Account(accepted=9, undecided={"lost": "x", "duplicate": "x"}, findings_count=1),
            "9 runs accepted, what became of them is not known: x",
            False,
        ),
        (Account(), "0 runs accepted, nothing to account for", True),
    ],
)
def test_the_sentence_claims_what_was_witnessed(account: Account, wanted: str, good: bool):
    assert sentence(account) == wanted
    assert is_clean(account) is good


def test_the_runs_are_named_with_what_the_server_calls_them():
    account = Account(
        accepted=2,
        lost=["n1"],
        lost_count=1,
        run_ids={"n1": "r1"},
        findings=["lost: accepted run n1 vanished"],
        findings_count=12,
        left_behind=1,
    )
    assert lines(account)[1:] == [
        "  lost: run r1 (nonce n1)",
        "  lost: accepted run n1 vanished",
        "  and 11 more findings",
        "  1 threads could not be deleted",
    ]


def test_cpu_of_the_server_is_counted_where_its_processes_are_known():
    measured, alone = Series([os.getpid()]), Series()
    until_s = time.process_time() + 0.1
    while time.process_time() < until_s:
        pass
    for each in (measured, alone):
        each.end()
    seen = summarize([part(export(measured), Account(), 1)])["series"]
    assert sum(row["server_cpu_pct"] or 0 for row in seen) >= 9
    unseen = summarize([part(export(alone), Account(), 1)])["series"]
    assert {row["server_cpu_pct"] for row in unseen} == {None}


def test_a_process_that_is_gone_has_used_nothing():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert measure_cpu([ended.pid]) == 0
