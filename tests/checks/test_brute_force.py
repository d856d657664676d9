"""The fast checks say what their definitions say, on thousands of small random histories."""

from random import Random

from onceproof.conformance.checks.guarantees import monotonic_status, overlap, stream_order
from onceproof.conformance.checks.guarantees.status_linearizable import illegal
from onceproof.conformance.checks.views.reads import Read
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import (
    begin,
    close_sub,
    event,
    fault,
    history,
    ok,
    open_sub,
    ping,
)
from tests.checks.brute_force import (
    Alive,
    Seen,
    Window,
    order_anomalies,
    overlap_exists,
    some_order_explains,
    status_goes_back,
)
from tests.checks.sample_sizes import EXAMPLES as ASKED

EXAMPLES = max(4000, ASKED)
NAMED = {"duplicate": "again", "reorder": " after ", "gap": "never arrived"}


def some_window(rng: Random) -> Window | None:
    start, stop = sorted((rng.randrange(10), rng.randrange(10)))
    return (start, stop) if rng.random() < 0.5 else None


def faults(window: Window | None) -> list[Record]:
    if window is None:
        return []
    return [fault("kill", "inject", at=window[0]), fault("kill", "heal", at=window[1])]


def test_stream_order():
    rng, found = Random(1), 0
    for _ in range(EXAMPLES):
        seqs = [rng.randrange(7) for _ in range(rng.randrange(1, 8))]
        arrived = [event("s", "a", seq) for seq in seqs]
        result = stream_order.check(history(*open_sub("s", "a"), *arrived, close_sub("s", "a")))
        said = " | ".join(finding.sentence for finding in result.findings)
        named = {name for name, words in NAMED.items() if words in said}
        assert named == order_anomalies(seqs), seqs
        found += bool(named)
    assert 0.2 * EXAMPLES < found < EXAMPLES


def test_overlap():
    rng, found = Random(2), 0
    for _ in range(EXAMPLES):
        alive = [
            Alive(*sorted((rng.randrange(10), rng.randrange(10)))) for _ in range(rng.randrange(6))
        ]
        window = some_window(rng)
        signs = [
            sign
            for token, span in enumerate(alive, 1)
            for sign in (begin("a", token, at=span.start), ping("a", token, at=span.stop))
        ]
        result = overlap.check(history(*signs, *faults(window)))
        assert bool(result.findings) == overlap_exists(alive, window), (alive, window)
        found += bool(result.findings)
    assert 0.2 * EXAMPLES < found < 0.8 * EXAMPLES


def some_reads(rng: Random) -> list[Seen]:
    """A client's reads follow each other or overlap; those of two clients fall as they may."""
    clocks = {"c1": 0, "c2": 0}
    reads = []
    for _ in range(rng.randrange(7)):
        who = rng.choice(["c1", "c2"])
        call = max(0, clocks[who] + rng.randrange(-3, 4))
        clocks[who] = max(clocks[who], call) + rng.randrange(4)
        status = rng.choice(["pending", "running", "running", "success", "success", "error"])
        reads.append(Seen(who, status, call, clocks[who]))
    return reads


def test_monotonic_status():
    rng, found = Random(3), 0
    for _ in range(EXAMPLES):
        reads, window = some_reads(rng), some_window(rng)
        records = [
            ok("run.status", "a", who=each.who, at=each.ret, status=each.status, call_t=each.call)
            for each in reads
        ]
        result = monotonic_status.check(history(*records, *faults(window)))
        assert bool(result.findings) == status_goes_back(reads, window), (reads, window)
        found += bool(result.findings)
    assert 0.2 * EXAMPLES < found < 0.8 * EXAMPLES


def test_status_linearizable():
    rng, found = Random(4), 0
    for _ in range(EXAMPLES):
        reads = []
        for i in range(rng.randrange(7)):
            call = rng.randrange(12)
            status = rng.choice(["pending", "running", "success"])
            reads.append(Read("a", f"c{i}", status, call, call + rng.randrange(5), i))
        assert (illegal(reads) is None) == some_order_explains(reads), reads
        found += illegal(reads) is not None
    assert 0.2 * EXAMPLES < found < 0.8 * EXAMPLES
