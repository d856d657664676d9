"""What tests of streams share: whole streams, the parts of their events, and numbered events."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx

from onceproof.conformance.access.media import read_media_type
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent, SseParser
from onceproof.conformance.wire.streams import EVENT_STREAM
from onceproof.conformance.witness import chain_hash

#: May stand in every stream, whatever was asked for. `end` is what older servers close with.
CONTROL = frozenset({"metadata", "error", "feedback", "end"})


async def stream_run(
    runs: Runs, graph: str, input: dict[str, Any], thread_id: str | None = None, **body: Any
) -> tuple[RunHandle, list[SseEvent]]:
    """Run a graph on `thread_id`, or on a new thread; return the run and its whole stream."""
    thread_id = thread_id or await runs.new_thread()
    async with runs.stream(thread_id, graph, input, **body) as sub:
        return sub.handle, await sub.collect()


def parse_events(response: httpx.Response) -> list[SseEvent]:
    """Parse an answer that was read whole as an event stream; none if it is of another kind."""
    if read_media_type(response.headers) != EVENT_STREAM:
        return []
    return SseParser().feed(response.content)


def event_names(events: Iterable[SseEvent]) -> list[str]:
    """Return the names of events, without the `end` that some servers close with."""
    return [event.name for event in events if event.name != "end"]


def mode_of(event: SseEvent) -> str:
    """Return the part of an event's name that says what it is, without where it comes from."""
    return event.name.partition("|")[0]


def payloads(events: Iterable[SseEvent], name: str) -> list[Any]:
    """Return the data of all events of this name."""
    return [event.json() for event in events if event.name == name]


def expect_no_later(seconds: float, bound_s: float, what: str) -> None:
    """Assert that it took at most `bound_s`, a bound for servers that wait for something."""
    __tracebackhide__ = True
    if seconds > bound_s:
        raise AssertionError(f"{what} took {seconds:.1f} s, but should take at most {bound_s:g} s")


def same_sequence(what: str, got: Sequence[Any], want: Sequence[Any]) -> None:
    """Assert that two sequences are equal; a failure names the first difference."""
    __tracebackhide__ = True
    for place, (one, other) in enumerate(zip(got, want, strict=False)):
        same(f"{what}, at place {place},", one, other)
    same(f"number of {what}", len(got), len(want))


def demand_ticks(
    events: Iterable[SseEvent], nonce: str, total: int, *, first: int = 0, size: int = 0
) -> None:
    """Demand the run's numbered events from `first` to the last: whole, once, in order."""
    __tracebackhide__ = True
    ticks = [event.json() for event in events if mode_of(event) == "custom"]
    same_sequence("sequence numbers", [tick["seq"] for tick in ticks], range(first, total))
    hashes = list(_chain_hashes(nonce, total, size))[first:]
    same_sequence("hashes of events", [tick["h"] for tick in ticks], hashes)
    same("padding", {len(tick.get("pad", "")) for tick in ticks} - {size}, set())


def _chain_hashes(nonce: str, total: int, size: int) -> Iterator[str]:
    last, pad = "", "x" * size
    for seq in range(total):
        last = chain_hash(last, nonce, seq, pad)
        yield last
