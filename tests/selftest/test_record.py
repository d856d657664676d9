"""The record of trials: partial runs add up, and say which tests nothing has made fail."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.selftest.mutant import Mutant
from onceproof.conformance.selftest.record import Record, read_record, write_record
from onceproof.conformance.selftest.trial import Blame, Trial, note_tests
from onceproof.conformance.selftest.untried import render_track_record

LISTS = Mutant("list_badly", "search", "Lists are bad.", ("RUN-12",), (), 1, print)
STREAMS = Mutant("stream_badly", "streams", "Streams are bad.", ("STR-24",), (), 1, print)
MUTANTS = {one.name: one for one in (LISTS, STREAMS)}
SUITE = ("runs/test_listing.py::test_a", "runs/test_listing.py::test_b", "sdk/test_it.py::test_c")


def try_it(mutant: Mutant, *failed: str) -> Trial:
    meant = Blame(mutant.caught_by[0], "FAIL", "it is bad")
    return Trial(mutant, (meant,), (), frozenset(failed), frozenset(SUITE), 2.5)


def recorded(*trials: Trial) -> Record:
    record = Record()
    record.add(trials)
    return record


def test_a_trial_knows_the_tests_that_failed_and_all_there_are_without_their_parameters() -> None:
    evidence = {
        "known": {f"{SUITE[0]}[1]": ["RUN-12"], f"{SUITE[0]}[2]": ["RUN-12"], SUITE[2]: []},
        "tests": [
            {"nodeid": f"{SUITE[0]}[1]", "outcome": "failed"},
            {"nodeid": SUITE[2], "outcome": "error"},
        ],
    }
    trial = note_tests(Trial(LISTS, (), ()), evidence)
    assert trial.failed == {SUITE[0]}
    assert trial.tests == {SUITE[0], SUITE[2]}


def test_partial_runs_add_up(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write_record(path, recorded(try_it(LISTS, SUITE[0])))
    record = read_record(path, MUTANTS)
    record.add([try_it(STREAMS, SUITE[2])])
    write_record(path, record)
    again = read_record(path, MUTANTS)
    assert set(again.trials) == set(MUTANTS)
    assert again.trials["list_badly"].seconds == 2.5
    assert again.toothless == {SUITE[1]}


def test_a_newer_trial_takes_the_place_of_the_last() -> None:
    record = recorded(try_it(LISTS, SUITE[0]), try_it(LISTS))
    assert record.toothless == set(SUITE)


def test_a_mutant_that_is_gone_or_meant_for_others_now_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write_record(path, recorded(try_it(LISTS), try_it(STREAMS)))
    known = {"list_badly": replace(LISTS, caught_by=("RUN-12", "RUN-13"))}
    assert read_record(path, known).trials == {}


def test_what_failed_elsewhere_counts_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    record = recorded(try_it(LISTS))
    record.elsewhere["Another"] = frozenset(SUITE[:2])
    write_record(path, record)
    assert read_record(path, MUTANTS).toothless == {SUITE[2]}


@pytest.mark.parametrize("text", ["", "[]", '{"trials": {}}'])
def test_a_file_that_is_no_record_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"record\.json' is no record of trials .*; name another"):
        read_record(path, MUTANTS)


def test_the_page_counts_by_chapter_and_lists_what_has_never_failed(tmp_path: Path) -> None:
    record = recorded(try_it(LISTS, SUITE[0], "runs/test_listing.py::test_of_yesterday"))
    record.elsewhere["Another"] = frozenset(SUITE[:1])
    page = render_track_record(record).splitlines()
    for line in (
        "| Another | 1 |",
        "| 1 mutants | 1 |",
        "| runs | 2 | 1 |",
        "| sdk | 1 | 0 |",
        "| all | 3 | 1 |",
        "## Not yet made to fail: 2",
    ):
        assert line in page
    assert page[-5:] == ["- test_b", "", "`sdk/test_it.py`", "", "- test_c"]


def test_the_record_is_json_that_can_be_compared_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write_record(path, recorded(try_it(STREAMS, SUITE[2]), try_it(LISTS)))
    assert list(json.loads(path.read_text())["trials"]) == ["list_badly", "stream_badly"]
    assert f'    "{SUITE[2]}"' in path.read_text().splitlines()
