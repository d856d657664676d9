"""Broken servers are caught without probes, by the oracle meant for what is broken.

Each runs behind one application, those that break recovery under the fault that they do not
survive; `campaign` runs all mutants behind four, and docs/field-mode.md has its table.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from onceproof.conformance.errors import FAILED
from onceproof.conformance.field.hands import FAULTS
from tests.field.apps import CONFIG, options_for
from tests.field.campaign import HONEST, SERVER, find_guilty, judge_server

#: The oracles that must find something, by mutant.
CAUGHT = {
    "drop_events": {"F5"},
    "claim_without_lock": {"F5"},
    "acknowledge_before_commit": {"F1"},
    "roll_back_the_run_and_keep_its_state": {"F2"},
    "skip_an_event_after_a_cut": {"F6"},
    "repeat_the_last_event": {"F6"},
    "change_a_terminal_status": {"F1", "F14"},
    "write_without_a_fence": {"F3", "F15"},
    "never_extend_leases": {"F15"},
    "leave_runs_to_their_leases": {"F15"},
    "extend_leases_through_redis": {"F3", "F15"},
}


@pytest.mark.parametrize("mutant", CAUGHT)
def test_a_broken_server_is_caught_without_probes(mutant: str, tmp_path: Path) -> None:
    ((_, results),) = judge_server(mutant, ["agent"], tmp_path)
    assert set(find_guilty(results)) >= CAUGHT[mutant]


def test_the_server_as_it_is_survives_every_fault(tmp_path: Path) -> None:
    ((_, results),) = judge_server(HONEST, ["agent"], tmp_path)
    assert [finding.sentence for result in results for finding in result.findings] == []
    (recovers,) = [result for result in results if result.check == "recovers"]
    assert recovers.counts["judged"] >= len(FAULTS)


def certify(mutant: str, folder: Path, *options: str) -> dict[str, object]:
    """Certify a mutant by the agent, and return the results."""
    target = ("--command", SERVER % mutant, "--env", f"LANGGRAPH_CONFIG_PATH={CONFIG}")
    words = (*target, *options_for("agent"), *options, "--run-dir", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "onceproof.conformance", "certify", *words],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == FAILED, done.stdout + done.stderr
    results: dict[str, object] = json.loads((folder / "results.json").read_text())
    return results


def test_a_server_that_acknowledges_too_early_is_caught_under_load(tmp_path: Path) -> None:
    """The oracles' runs are few and in no hurry; the load's meet the gap by the dozen."""
    few = ("--max-runs", "100", "--suite-seconds", "0", "--load-seconds", "20")
    results = certify("acknowledge_before_commit", tmp_path / "run", *few)
    assert results["load"]["accepted"] == 60  # type: ignore[index]
    assert "runs of 'agent'" in results["field"]["plan"]  # type: ignore[index]
    [ends] = [each for each in results["checks"] if each["check"] == "ends_once"]  # type: ignore[attr-defined]
    assert any(finding["key"].startswith("load-") for finding in ends["findings"])


def test_habits_that_need_no_probe_are_found_beside_the_oracles(tmp_path: Path) -> None:
    few = ("--max-runs", "3", "--suite-seconds", "170")
    results = certify("join_runs_that_there_are_not", tmp_path / "run", *few)
    verdicts = {each["id"]: each["verdict"] for each in results["requirements"]}  # type: ignore[attr-defined]
    assert verdicts["RUN-19"] == "FAIL"
