"""Broken servers are caught without probes, by the oracle meant for what is broken.

Each runs behind one application, those that break recovery under the fault that they do not
survive; `campaign` runs all mutants behind four, and docs/field-mode.md has its table.
"""

from pathlib import Path

import pytest

from onceproof.conformance.field.hands import FAULTS
from tests.field.campaign import HONEST, find_guilty, judge_server

#: The oracles that must find something, by mutant.
CAUGHT = {
    "event_dropped": {"F5"},
    "claim_without_lock": {"F5"},
    "ack_before_commit": {"F1"},
    "rollback_keeps_state": {"F2"},
    "resume_skips": {"F6"},
    "resume_repeats": {"F6"},
    "terminal_overwritten": {"F1", "F14"},
    "no_fence": {"F3", "F15"},
    "no_heartbeat": {"F15"},
    "no_hand_back": {"F15"},
    "lease_needs_redis": {"F3", "F15"},
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
