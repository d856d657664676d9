"""The pages of the documentation are those of the record that is kept beside this test.

`onceproof selftest --list --record tests/selftest/record.json --table docs/selftest-matrix.md
--untried docs/track_record.md` writes them again.
"""

from pathlib import Path

from onceproof.conformance.selftest.matrix import render_matrix
from onceproof.conformance.selftest.mutant import load_mutants
from onceproof.conformance.selftest.record import read_record
from onceproof.conformance.selftest.untried import render_track_record

ROOT = Path(__file__).parents[2]
MUTANTS = load_mutants()
RECORD = read_record(Path(__file__).with_name("record.json"), MUTANTS)


def test_the_matrix_shows_the_record() -> None:
    trials = [RECORD.trials[name] for name in MUTANTS if name in RECORD.trials]
    left = [name for name in MUTANTS if name not in RECORD.trials]
    assert (ROOT / "docs" / "selftest-matrix.md").read_text() == render_matrix(trials, left)


def test_the_track_record_shows_the_record() -> None:
    assert (ROOT / "docs" / "track_record.md").read_text() == render_track_record(RECORD)


def test_what_is_recorded_was_caught() -> None:
    assert [name for name, trial in RECORD.trials.items() if not trial.is_caught] == []
