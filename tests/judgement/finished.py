"""The folder of a run that is over, made by hand: one run that was executed twice."""

from pathlib import Path
from typing import Any

from onceproof.conformance.history import Record, Recorder
from onceproof.conformance.history import build as b
from onceproof.conformance.judgement.evidence import RunEvidence
from onceproof.conformance.judgement.requirements import TestOutcome
from onceproof.conformance.runner.conclusion import conclude
from onceproof.reports.results import Facts, Harness, Results, Run

TWICE = [
    b.invoke("run.create", "n", thread_id="t", steps=1),
    b.ok("run.create", "n", run_id="run-n", thread_id="t"),
    *(b.begin("n", 1), b.effect("n", 1), b.end("n", 1)),
    *(b.begin("n", 2), b.effect("n", 2), b.end("n", 2)),
    b.quiesce(),
    b.snap("n", "success", log=[b.entry("n", 0, 2)]),
]


def stored(path: Path, records: list[Record]) -> None:
    with Recorder(path) as recorder:
        for r in b.history(*records):
            recorder.add(r.kind, r.op, who=r.who, key=r.key, value=r.value, t=r.t)


def make_evidence(
    run: Run, *, target: Facts | None = None, stack: Facts | None = None, **parts: Any
) -> RunEvidence:
    """What is evident of a run, by default of the reference server."""
    return RunEvidence(
        harness=Harness(name="onceproof", version="1", python="3.11"),
        run=run,
        target=target or {"kind": "reference"},
        stack=stack or {"kind": "embedded"},
        environment={},
        start_ns=0,
        **parts,
    )


def finished(folder: Path, records: list[Record] = TWICE) -> Results:
    """A run that is over, as `certify` leaves it."""
    stored(folder / "history.jsonl", records)
    test = TestOutcome("suite/test_a.py::test_a", ("QUE-01",), "passed", 0.1234567, None, ("ö",))
    run = Run(
        id="r",
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T00:01:00+00:00",
        seconds=60.0,
        command="onceproof certify",
        folder=str(folder),
    )
    evidence = make_evidence(run, known={test.nodeid: test.requirements}, tests=[test])
    return conclude(evidence, folder)[0]
