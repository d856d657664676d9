"""When the harness was breaking things, and whom it may have hit.

A window lasts from `inject` to `heal` plus the recovery allowance of the fault (`recovery_ms` in
the value of either record, default 0). A fault that names `nonces` concerns only those runs; one
that names a `replica` concerns whatever ran there or does not say where it ran; any other fault
concerns everything.

A check asks with a span of time and not with an instant: a repeated execution is excused by a
fault anywhere between the two beginnings, because the repeat comes whenever the queue gets to it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from onceproof.conformance.history.record import Record

FOREVER = 1 << 63
MS = 1_000_000

Span = tuple[int, int]
Fault = tuple[int, int, Mapping[str, Any]]
ANY: tuple[str, str] = ("any", "")
SOME_REPLICA: tuple[str, str] = ("replica", "")


class Windows:
    """All fault windows of a history, disjoint and sorted for each scope."""

    def __init__(self, history: Iterable[Record], only: str | None = None) -> None:
        """With `only`, take just the faults whose value has that flag set."""
        spans: dict[tuple[str, str], list[Span]] = defaultdict(list)
        for start, stop, value in _faults(history):
            if only is None or value.get(only):
                for scope in _scopes(value):
                    spans[scope].append((start, stop))
        self._spans = {scope: _merge(each) for scope, each in spans.items()}

    def cover(self, nonce: str | None, start: int, stop: int, replica: str | None = None) -> bool:
        """Return whether a window that concerns `nonce` and `replica` meets the closed span."""
        return self.find_end(nonce, start, stop, replica) is not None

    def find_end(
        self, nonce: str | None, start: int, stop: int, replica: str | None = None
    ) -> int | None:
        """Find when the last window ends that concerns them and meets the closed span, in ns."""
        if not self._spans:
            return None
        where = ("replica", replica) if replica else SOME_REPLICA
        scopes = (ANY, ("nonce", nonce or ""), where)
        ends = (_last_end(self._spans.get(scope, ()), start, stop) for scope in scopes)
        return max((end for end in ends if end is not None), default=None)


def find_last_end(history: Iterable[Record]) -> int:
    """Return when the last fault window of a history ends, in ns; 0 if it has none."""
    return max((stop for _, stop, _ in _faults(history)), default=0)


def _faults(history: Iterable[Record]) -> list[Fault]:
    """(start, stop, value) of each fault; one that was never healed lasts for ever."""
    under_way: dict[tuple[str, Any], list[Record]] = defaultdict(list)
    faults: list[Fault] = []
    for record in history:
        if record.kind != "fault":
            continue
        value = record.value or {}
        same = under_way[record.op, value.get("replica")]
        if value.get("phase") == "inject":
            same.append(record)
        elif same:
            injected = same.pop()
            both = {**injected.value, **value}
            stop = record.t + int(both.get("recovery_ms", 0) * MS)
            faults.append((injected.t, stop, both))
    faults += [(each.t, FOREVER, each.value) for same in under_way.values() for each in same]
    return faults


def _scopes(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    if value.get("nonces") is not None:
        return [("nonce", nonce) for nonce in value["nonces"]]
    if value.get("replica"):
        return [("replica", value["replica"]), SOME_REPLICA]
    return [ANY]


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _last_end(spans: list[Span] | tuple[()], start: int, stop: int) -> int | None:
    """The end of the span that meets [start, stop]: only the last one that begins in time can."""
    at = bisect_right(spans, (stop, FOREVER)) - 1
    return spans[at][1] if at >= 0 and spans[at][1] >= start else None
