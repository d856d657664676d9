"""Right servers that differ: each can be put in place, says why it is right, and is judged."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.errors import CERTIFIED, FAILED, INTERRUPTED, UsageError
from onceproof.conformance.register import load_register
from onceproof.conformance.selftest.benign import session
from onceproof.conformance.selftest.benign.table import describe_end, describe_trial, render_table
from onceproof.conformance.selftest.benign.trial import build_command, judge, try_variation
from onceproof.conformance.selftest.benign.variation import (
    Variation,
    apply_variation,
    choose_variations,
    find_variation,
    load_variations,
)
from tests.house import ROOT

VARIATIONS = load_variations()
ONE = Variation(
    "differ",
    "some.where",
    "It differs.",
    "A sentence.",
    ("RUN", "STA-05"),
    1,
    ("some.where:differ",),
)


def results(**verdicts: str) -> dict[str, Any]:
    return {
        "requirements": [
            {"id": name.replace("_", "-"), "verdict": verdict, "reason": f"{name} is {verdict}"}
            for name, verdict in verdicts.items()
        ]
    }


def test_there_are_at_least_25() -> None:
    assert len(VARIATIONS) >= 25


@pytest.mark.parametrize("one", VARIATIONS.values(), ids=VARIATIONS)
def test_a_variation_says_what_differs_and_what_allows_it(one: Variation) -> None:
    assert one.sentence.endswith(".")
    assert one.allowed_by.endswith(".")
    known = load_register().keys()
    assert all(any(name.startswith(chapter) for name in known) for chapter in one.chapters)


@pytest.mark.parametrize("one", VARIATIONS.values(), ids=VARIATIONS)
def test_a_variation_finds_its_place_in_the_server(one: Variation) -> None:
    """In a process of its own: what it replaces stays replaced."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            apply_variation(one.places[0])
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_a_name_chooses_one_variation_and_a_family_all_of_its_module() -> None:
    [one] = choose_variations(("end_lines_with_lf",))
    assert one.family == "streams"
    assert {each.family for each in choose_variations(("streams",))} == {"streams"}
    with pytest.raises(UsageError, match=r"'strems' is neither a variation nor .* streams, wire"):
        choose_variations(("strems",))


def test_whatever_is_blamed_is_a_false_alarm() -> None:
    for verdict in ("FAIL", "WARN", "ERROR"):
        trial = judge(ONE, results(RUN_01="PASS", STA_05=verdict))
        assert not trial.is_harmless
        assert describe_trial(trial)[0] == "FALSE ALARM differ: It differs."
        assert describe_end([trial]) == "0 of 1 right servers pass; false alarms: differ"


def test_what_is_not_decided_is_listed_and_no_alarm() -> None:
    trial = judge(ONE, results(RUN_01="PASS", STA_05="INCONCLUSIVE", RUN_02="NOT_JUDGED"))
    assert trial.is_harmless
    assert describe_trial(trial)[1:] == [
        "            1 PASS, 1 INCONCLUSIVE, 1 NOT_JUDGED",
        "            STA-05 INCONCLUSIVE: STA_05 is INCONCLUSIVE",
        "            RUN-02 NOT_JUDGED: RUN_02 is NOT_JUDGED",
    ]


def test_a_certification_that_judged_nothing_shows_nothing() -> None:
    cut = {**results(RUN_01="PASS", RUN_02="INCONCLUSIVE"), "exit_status": INTERRUPTED}
    for found in ({"requirements": []}, results(RUN_01="NOT_JUDGED"), cut):
        assert not judge(ONE, found).is_harmless
    assert "the certification ended without results" in describe_trial(judge(ONE, results()))[1]


def test_the_table_says_why_each_is_right_and_what_was_tried() -> None:
    trial = judge(ONE, results(RUN_01="PASS"))
    assert render_table([trial]).splitlines()[-1] == (
        "| It differs. | A sentence. | RUN STA-05 | 1 PASS |"
    )


def test_a_trial_asks_for_the_chapters_and_for_the_whole_suite_without_any() -> None:
    command = " ".join(build_command(ONE, Path("here")))
    assert "benign.server some.where:differ --role {role}" in command
    assert command.endswith("--only RUN --only STA-05")
    assert "--only" not in build_command(replace(ONE, chapters=()), Path("here"))


def test_names_that_are_joined_are_one_server() -> None:
    [one] = choose_variations(("end_lines_with_lf+beat_slowly",))
    command = " ".join(build_command(one, Path("here")))
    assert "variations.streams:end_lines_with_lf,onceproof" in command
    assert {"RSM-19", "STR-32"} <= set(one.chapters)
    with pytest.raises(UsageError, match="'streams' is neither"):
        choose_variations(("end_lines_with_lf+streams",))


@pytest.mark.parametrize(("verdict", "status"), [("PASS", CERTIFIED), ("WARN", FAILED)])
def test_one_false_alarm_fails_a_session(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verdict: str, status: int
) -> None:
    monkeypatch.setattr(
        session, "try_variation", lambda one: judge(one, results(RUN_01="PASS", RUN_02=verdict))
    )
    said: list[str] = []
    table = tmp_path / "table.md"
    assert session.try_variations(("ids",), 2, table, said.append) == status
    assert said[0].startswith(f"{len(choose_variations(('ids',)))} right servers, 2 at a time")
    assert table.read_text().count("\n") == 2 + len(choose_variations(("ids",)))


def test_a_difference_that_is_not_right_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    trial = try_variation(find_variation("tests.selftest.illegal:send_no_next_page"))
    assert [each.requirement for each in trial.blamed] == ["SYS-26"]
    assert not trial.is_harmless
