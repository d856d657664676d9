"""Mutants of the reference server's queue, streams, checkpoints and SQL, shown to the suite."""

import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from onceproof.conformance.runner.suite_session import arguments_of_suite, without_pytest_variables
from tests.machine import records
from tests.machine.mutant import ROOT, Mutant
from tests.machine.records import Outcome
from tests.machine.trial_of_suite import Seconds, Stage, certify, lay_over
from tests.machine.trials import fork

CORE = ("queue", "worker", "recovery", "heartbeat", "attempt", "execution", "group_commit")
CORE += ("idempotency", "run")
QUERIES = ("queue", "checkpoints", "streams", "runs", "idempotency")
FILES = (
    *(f"reference_impl/core/{name}.py" for name in CORE),
    *("reference_impl/core/streams", "reference_impl/core/checkpoints"),
    *(f"reference_impl/sql/queries/{name}.sql" for name in QUERIES),
    "reference_impl/sql/schema/functions.sql",
)
#: The chapters that any mutant of these could fail.
CHAPTERS = ("runs", "streaming", "state", "queue", "multitask", "cancel", "resumability", "threads")
QUICK = Stage("quick", CHAPTERS, longest_s=1.0, shortest_s=-1.0, replicas=1, limit_s=300)
#: The subjects of the files, by a part of the path, and the chapters whose slow tests are theirs.
SUBJECTS = (
    ("streams", ("streaming", "resumability")),
    ("checkpoint", ("state", "threads", "queue", "cancel")),
    ("idempotency", ("runs",)),
    ("", ("queue", "multitask", "cancel", "runs", "shutdown", "replicas")),
)


def find_files() -> Iterator[str]:
    """Find the files of which mutants are made."""
    for name in FILES:
        path = ROOT / name
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        yield from (str(file.relative_to(ROOT)) for file in files)


def deep_stage(mutant: Mutant) -> Stage:
    """Return the stage for a mutant that the quick tests have not found."""
    chapters = next(chapters for part, chapters in SUBJECTS if part in mutant.path)
    return Stage("deep", chapters, longest_s=20.0, shortest_s=1.0, replicas=2, limit_s=420)


def try_mutants(mutants: Iterable[Mutant], folder: Path) -> None:
    """Try the mutants and write down what became of them."""
    warm_up()
    times = folder / "reference.seconds.json"
    if not times.exists():
        measure(times)
    seconds = json.loads(times.read_text(encoding="utf-8"))
    for mutant in mutants:
        outcome = try_stage(mutant, QUICK, seconds)
        if outcome.end == records.SURVIVED:
            outcome = try_stage(mutant, deep_stage(mutant), seconds)
        records.append(folder / "reference.jsonl", mutant, outcome)


def warm_up() -> None:
    """Import the suite, so that no trial has to."""
    with without_pytest_variables():
        pytest.main([*arguments_of_suite(), "--collect-only", "-q"])


def measure(times: Path) -> None:
    """Run all tests once without a mutant and write down what each takes.

    Raises RuntimeError if one fails: then the failures of a mutant would say nothing.
    """
    stage = Stage("all", (*CHAPTERS, "shutdown", "replicas"), 1e9, -1.0, 2, 560)
    outcome = try_stage(None, stage, {}, times)
    if outcome.end != records.SURVIVED:
        times.unlink(missing_ok=True)
        raise RuntimeError(f"without a mutant the suite says: {outcome.end} {outcome.by}")


def try_stage(
    mutant: Mutant | None, stage: Stage, seconds: Seconds, times: Path | None = None
) -> Outcome:
    """Certify the mutant in a fork, by the tests of a stage."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="onceproof-machine-") as name:
        folder, answer = Path(name), Path(name) / "outcome.json"

        def work() -> int:
            lay_over(mutant, folder / "overlay")
            outcome, listener = certify(stage, seconds, folder)
            if times is not None:
                times.write_text(json.dumps(listener.took), encoding="utf-8")
            answer.write_text(json.dumps([outcome.end, outcome.by[:300]]), encoding="utf-8")
            return 0

        status = fork(work, stage.limit_s, folder / "said")
        took_s = round(time.monotonic() - began, 1)
        if status is None:
            return Outcome(records.TIMEOUT, stage.name, took_s)
        if not answer.exists():
            said = (folder / "said").read_text(encoding="utf-8", errors="replace")
            return Outcome(records.BROKEN, f"status {status}: {said[-300:]}", took_s)
        end, by = json.loads(answer.read_text(encoding="utf-8"))
        return Outcome(end, by, took_s)
