"""What tests of streams have in common: whole streams, gates, numbered events, and the checks."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from onceproof.conformance.checks import CHECKS
from onceproof.conformance.history import Record
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import Replica
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.witness import Execution, Sink, chain_hash

#: May stand in every stream, whatever was asked for. `end` is what older servers close with.
CONTROL = frozenset({"metadata", "error", "feedback", "end"})


async def streamed(
    runs: Runs, graph: str, input: dict[str, Any], thread_id: str | None = None, **body: Any
) -> tuple[RunHandle, list[SseEvent]]:
    """A run on a new thread, or the one given, and its whole stream."""
    thread_id = thread_id or await runs.new_thread()
    async with runs.stream(thread_id, graph, input, **body) as sub:
        return sub.handle, await sub.collect()


@contextmanager
def gated(sink: Sink, step: int | None = 0, *, at: str = "begin") -> Iterator[str]:
    """The nonce for a run that will stand at a step until `sink.release` or the block's end."""
    nonce = new_nonce()
    sink.hold(nonce, step, at=at)
    try:
        yield nonce
    finally:
        sink.release(nonce)


def replica_beside(session: Session, execution: Execution) -> Replica:
    """An API replica of the target that is not the process of this execution."""
    levers = session.target.levers
    if levers is None:
        inconclusive(f"a target of kind {session.target.kind!r} does not show what runs where")
    owner = levers.owner(execution.pid, execution.host)
    serving = [each for each in session.target.replicas if each.url in session.target.urls]
    beside = [replica for replica in serving if owner is not None and replica.name != owner]
    if not beside:
        inconclusive("the target has no API replica besides the one that runs the run")
    return beside[0]


def names(events: Iterable[SseEvent]) -> list[str]:
    """The names of events, without the `end` that some servers close with."""
    return [event.name for event in events if event.name != "end"]


def mode_of(event: SseEvent) -> str:
    """The part of an event's name that says what it is, without where it comes from."""
    return event.name.partition("|")[0]


def payloads(events: Iterable[SseEvent], name: str) -> list[Any]:
    """The data of all events of this name."""
    return [event.json() for event in events if event.name == name]


def no_later(seconds: float, bound_s: float, what: str) -> None:
    """It took no longer than a bound that only a server that waits for something misses."""
    __tracebackhide__ = True
    if seconds > bound_s:
        raise AssertionError(f"{what} took {seconds:.1f} s, but should take at most {bound_s:g} s")


def same_sequence(what: str, got: Sequence[Any], want: Sequence[Any]) -> None:
    """The sequences are equal; the first difference is told if they are not."""
    __tracebackhide__ = True
    for place, (one, other) in enumerate(zip(got, want, strict=False)):
        same(f"{what}, at place {place},", one, other)
    same(f"number of {what}", len(got), len(want))


def demand_ticks(
    events: Iterable[SseEvent], nonce: str, total: int, *, first: int = 0, size: int = 0
) -> None:
    """The run's numbered events are there from `first` to the last: whole, once, in order."""
    __tracebackhide__ = True
    ticks = [event.json() for event in events if mode_of(event) == "custom"]
    same_sequence("sequence numbers", [tick["seq"] for tick in ticks], range(first, total))
    hashes = list(_hashes(nonce, total, size))[first:]
    same_sequence("hashes of events", [tick["h"] for tick in ticks], hashes)
    same("padding", {len(tick.get("pad", "")) for tick in ticks} - {size}, set())


def _hashes(nonce: str, total: int, size: int) -> Iterator[str]:
    last, pad = "", "x" * size
    for seq in range(total):
        last = chain_hash(last, nonce, seq, pad)
        yield last


def judged(session: Session, nonces: Iterable[str], *checks: str) -> None:
    """The history of these runs and of all subscriptions to them passes the checks."""
    __tracebackhide__ = True
    mine = set(nonces)
    records = [record for record in session.records() if _concerns(record, mine)]
    for name in checks:
        result = CHECKS[name](records)
        sentences = [finding.sentence for finding in result.findings]
        same(f"findings of the check {name!r}", sentences, [])
        if result.reason:
            inconclusive(f"{name}: {result.reason}")


def _concerns(record: Record, nonces: set[str]) -> bool:
    if record.op.startswith("sub."):
        return isinstance(record.value, dict) and record.value.get("nonce") in nonces
    return record.kind == "fault" or record.key in nonces
