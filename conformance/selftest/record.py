"""What trials have shown so far, kept in a file, so that partial runs add up to the whole."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onceproof.conformance.errors import UsageError
from onceproof.conformance.selftest.mutant import Mutant
from onceproof.conformance.selftest.trial import Blame, Trial


@dataclass
class Record:
    """The newest trial of each mutant by its name.

    `tests` are those of the suite as the newest trial found them. `elsewhere` are tests that have
    failed on other servers that deviate, by the name of the server.
    """

    trials: dict[str, Trial] = field(default_factory=dict)
    tests: frozenset[str] = frozenset()
    elsewhere: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, trials: Iterable[Trial]) -> None:
        """Put these trials in the place of earlier ones."""
        for trial in trials:
            self.trials[trial.mutant.name] = trial
            self.tests = trial.tests or self.tests

    @property
    def failures(self) -> dict[str, frozenset[str]]:
        """The tests that have failed for cause, by the server on which they did."""
        return {**self.elsewhere, **{name: one.failed for name, one in self.trials.items()}}

    @property
    def toothless(self) -> frozenset[str]:
        """The tests of the suite that no server has made fail."""
        return self.tests.difference(*self.failures.values())


def read_record(path: Path, mutants: Mapping[str, Mutant]) -> Record:
    """Read the record of a file, an empty one if there is none yet.

    A trial of a mutant that is no longer there, or is meant for others now, is left out. Raises
    UsageError for a file that is no record.
    """
    if not path.exists():
        return Record()
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        trials = [
            _load(mutants[name], kept) for name, kept in known["trials"].items() if name in mutants
        ]
        elsewhere = {name: frozenset(tests) for name, tests in known["elsewhere"].items()}
        record = Record({}, frozenset(known["tests"]), elsewhere)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"--record {str(path)!r} is no record of trials ({error}); name another file"
        ) from error
    record.add(each for each in trials if _is_of_today(each))
    return record


def _is_of_today(trial: Trial) -> bool:
    return tuple(each.requirement for each in trial.meant) == trial.mutant.caught_by


def write_record(path: Path, record: Record) -> None:
    """Write the record into a file, sorted, so that two of them can be compared line by line."""
    kept = {
        "trials": {name: _dump(one) for name, one in sorted(record.trials.items())},
        "elsewhere": {name: sorted(tests) for name, tests in sorted(record.elsewhere.items())},
        "tests": sorted(record.tests),
    }
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _dump(trial: Trial) -> dict[str, object]:
    return {
        "seconds": trial.seconds,
        "meant": [vars(each) for each in trial.meant],
        "others": [vars(each) for each in trial.others],
        "failed": sorted(trial.failed),
    }


def _load(mutant: Mutant, kept: Mapping[str, Any]) -> Trial:
    meant, others = ([Blame(**each) for each in kept[side]] for side in ("meant", "others"))
    failed = frozenset(kept["failed"])
    return Trial(mutant, tuple(meant), tuple(others), failed, seconds=kept["seconds"])
