"""Broken servers are caught without probes, by the oracle meant for what is broken.

Each runs behind one application; `campaign` runs all mutants behind three, and docs/field-mode.md
has its table.
"""

from pathlib import Path

import pytest

from tests.field.campaign import find_guilty, judge_server

#: The oracles that must find something, by mutant.
CAUGHT = {
    "event_dropped": {"F5"},
    "claim_without_lock": {"F5"},
    "ack_before_commit": {"F1"},
    "rollback_keeps_state": {"F2"},
    "resume_skips": {"F6"},
    "resume_repeats": {"F6"},
    "terminal_overwritten": {"F1", "F14"},
}


@pytest.mark.parametrize("mutant", CAUGHT)
def test_a_broken_server_is_caught_without_probes(mutant: str, tmp_path: Path) -> None:
    ((_, results),) = judge_server(mutant, ["agent"], tmp_path)
    assert set(find_guilty(results)) >= CAUGHT[mutant]
