"""The folder of a certification of many runs, written without a server: all that can be wrong is.

Every run is executed twice by two workers, the first of which was paused; every tenth is unknown to
the server in the end. Half of the tests failed, each with a long message; the load took an hour.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from onceproof.conformance.history import Record
from onceproof.conformance.history import build as b
from onceproof.conformance.judgement.requirements import TestOutcome
from onceproof.conformance.register import load_register
from onceproof.conformance.runner.conclusion import conclude
from onceproof.reports.load import Load
from onceproof.reports.results import Results, Run
from tests.judgement.finished import make_evidence
from tests.reports import examples

MILLISECOND = 1_000_000
LONG = "\n".join(f"  [{i}] expected {i}, got {i + 1}" for i in range(400))


def write_run(folder: Path, number: int) -> Results:
    """Write a certification of `number` runs into `folder`, as `certify` leaves it."""
    encode = msgspec.json.Encoder().encode
    with (folder / "history.jsonl").open("wb") as file:
        for i, record in enumerate(_records(number)):
            file.write(encode(msgspec.structs.replace(record, i=i)) + b"\n")
    tests = [
        TestOutcome(
            f"suite/test_{id}.py::test_it",
            (id,),
            "failed" if n % 2 else "passed",
            0.1,
            f"{id} is not kept\n{LONG}" if n % 2 else None,
            (),
        )
        for n, id in enumerate(load_register())
    ]
    run = Run(
        id="big",
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T01:00:00+00:00",
        seconds=3600.0,
        command="onceproof certify --load-seconds 3600",
        folder=str(folder),
    )
    lost = [f"n-{i}" for i in range(0, number, 10)]
    load = examples.load(
        seconds=3600, accepted=number, series=[examples.point(t) for t in range(3600)], lost=lost
    )
    known = {test.nodeid: test.requirements for test in tests}
    evidence = make_evidence(run, known=known, tests=tests, load=msgspec.convert(load, Load))
    return conclude(evidence, folder)[0]


def _records(number: int) -> Iterator[Record]:
    t = 0
    for i in range(number):
        name = f"n-{i}"
        first, second = 2 * i + 1, 2 * i + 2
        t += 10 * MILLISECOND
        yield b.invoke("run.create", name, thread_id=name, steps=1, at=t)
        yield b.ok("run.create", name, run_id=name, thread_id=name, at=t + MILLISECOND)
        for token, pid in ((first, 1), (second, 2)):
            at = t + token % 2 * 4 * MILLISECOND + 2 * MILLISECOND
            yield b.begin(name, token, at=at, pid=pid, host="vm")
            yield b.effect(name, token, at=at + 1)
            yield b.end(name, token, at=at + MILLISECOND)
    yield b.quiesce(at=t + 1000 * MILLISECOND)
    for i in range(number):
        log = [b.entry(f"n-{i}", 0, 2 * i + 1), b.entry(f"n-{i}", 0, 2 * i + 2)]
        at = t + 1001 * MILLISECOND + i
        yield b.snap(f"n-{i}", "success" if i % 10 else None, log=log if i % 10 else None, at=at)
