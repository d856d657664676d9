"""A trial: caught only if those that are meant are blamed, and nobody else without a reason."""

from pathlib import Path
from typing import Any

from onceproof.conformance.selftest.matrix import describe_end, describe_trial, render_matrix
from onceproof.conformance.selftest.mutant import Mutant
from onceproof.conformance.selftest.trial import build_command, judge

#: RUN-12 is a MUST, AST-17 a SHOULD.
MUTANT = Mutant(
    "list_badly", "search", "Lists are bad.", ("RUN-12", "AST-17"), (("STA-03", "why"),), 1, print
)


def results(**verdicts: str) -> dict[str, Any]:
    return {
        "requirements": [
            {"id": name.replace("_", "-"), "verdict": verdict, "reason": f"{name} is {verdict}"}
            for name, verdict in verdicts.items()
        ]
    }


def test_a_mutant_that_all_who_are_meant_blame_is_caught() -> None:
    trial = judge(MUTANT, results(RUN_12="FAIL", AST_17="WARN", STA_03="FAIL", RUN_14="PASS"))
    assert trial.is_caught
    assert describe_end([trial]).startswith("1 of 1 mutants are caught")


def test_a_mutant_survives_whom_one_of_them_passes() -> None:
    trial = judge(MUTANT, results(RUN_12="FAIL", AST_17="PASS", RUN_14="PASS"))
    assert trial.survives == ["AST-17"]
    assert describe_trial(trial)[0] == "SURVIVES list_badly: Lists are bad."
    assert describe_end([trial]).endswith("not caught: list_badly")


def test_an_error_of_the_harness_is_no_catch() -> None:
    assert judge(MUTANT, results(RUN_12="ERROR", AST_17="WARN")).survives == ["RUN-12"]


def test_a_mutant_spills_if_others_are_blamed_without_a_reason() -> None:
    trial = judge(MUTANT, results(RUN_12="FAIL", AST_17="WARN", RUN_14="FAIL"))
    assert trial.casualties == ["RUN-14"]
    assert not trial.is_caught
    assert "others blamed as well: list_badly" in describe_end([trial])


def test_a_certification_without_results_catches_nothing() -> None:
    trial = judge(MUTANT, {"requirements": []})
    assert trial.survives == ["RUN-12", "AST-17"]
    assert "the certification ended without results" in describe_trial(trial)[1]


def test_the_matrix_has_a_row_for_each_trial() -> None:
    trial = judge(MUTANT, results(RUN_12="FAIL", AST_17="WARN"))
    assert render_matrix([trial]).splitlines()[-1] == (
        "| `list_badly`: Lists are bad. | RUN-12 AST-17 "
        "| RUN-12 FAIL, AST-17 WARN, (STA-03: why) | RUN_12 is FAIL | 0 | 0 |"
    )


def test_the_matrix_names_what_has_not_been_tried() -> None:
    page = render_matrix([judge(MUTANT, results(RUN_12="FAIL", AST_17="WARN"))], ["stream_badly"])
    assert page.splitlines()[-3:] == ["## Not tried yet: 1", "", "`stream_badly`"]


def test_a_trial_asks_for_those_that_are_meant_and_one_that_holds() -> None:
    command = " ".join(map(str, build_command(MUTANT, Path("here"))))
    assert "--only RUN-12 --only AST-17 --only RUN-14" in command
    assert "onceproof.conformance.selftest.server list_badly --role {role}" in command
