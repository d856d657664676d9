"""Is there such an order for a register into which no value was written twice?

Then each read names its write, and the question needs no search (Gibbons and Korach, "Testing
shared memories", 1997). A write and its reads are a cluster, which has a zone: from the earliest
end of one of them to the latest start of one. Where that runs forward, the register held the value
all the time in between; where it runs backward, all of the cluster were under way at one instant,
and it can stand at any instant of the zone. There is an order if no two forward zones overlap, no
backward zone lies inside of a forward one, and no read ended before its write began.

Fifty clients that write one key at once are a question for this, where a search among the orders
of fifty writes would be given up. Cost: O(n log n).
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import inf

from onceproof.conformance.checks.search.linearize import Found, Op

#: By the kind of an operation, for a register.
WRITES, READS = frozenset({"put", "write"}), frozenset({"get", "read"})


@dataclass(slots=True)
class Zone:
    """Of the value `value`; `last` is the operation of its cluster that started latest."""

    value: Hashable
    ended: float
    started: float
    last: Op
    written: float
    read_first: float = inf

    def read(self, op: Op) -> None:
        """Add another operation that saw the value."""
        ret = inf if op.ret is None else op.ret
        self.read_first = min(self.read_first, ret)
        self.ended = min(self.ended, ret)
        if op.call > self.started:
            self.started, self.last = op.call, op

    @property
    def forward(self) -> bool:
        return self.ended < self.started


def parts(ops: Sequence[Op]) -> Iterator[list[Op]]:
    """Split the operations at each deletion that nothing was concurrent with.

    What follows such a deletion knows nothing of what came before it.
    """
    ordered = sorted(ops, key=lambda op: op.call)
    until = list(accumulate((inf if op.ret is None else op.ret for op in ordered), max))
    first = 0
    for n, op in enumerate(ordered):
        begins = n == 0 or until[n - 1] < op.call
        ends = n + 1 == len(ordered) or (op.ret is not None and op.ret < ordered[n + 1].call)
        if op.kind == "delete" and op.ret is not None and begins and ends:
            yield ordered[first:n]
            first = n + 1
    yield ordered[first:]


def fits(ops: Sequence[Op], initial: Hashable) -> bool:
    """Return whether zones apply: only writes and reads, and each value written once."""
    kinds = {op.kind for op in ops}
    written = [op.arg for op in ops if op.kind in WRITES]
    return kinds <= WRITES | READS and len({initial, *written}) == len(written) + 1


def order(ops: Sequence[Op], initial: Hashable) -> Found:
    """Find what `linearize` finds, for operations that fit."""
    nobody = Op("initial", initial, None, 0, 0)
    zones = {initial: Zone(initial, -inf, -inf, nobody, -inf)}
    for op in ops:
        if op.kind in WRITES:
            ret = inf if op.ret is None else op.ret
            zones[op.arg] = Zone(op.arg, ret, op.call, op, op.call)
    for op in ops:
        if op.kind in READS and op.result is not None:
            if op.result not in zones:
                return Found(False, len(ops), op, None)
            zones[op.result].read(op)
    for zone, where in _find_conflicts(zones):
        return Found(False, len(ops), zone.last, where.value)
    return Found(True, len(ops))


def _find_conflicts(zones: Mapping[Hashable, Zone]) -> Iterator[tuple[Zone, Zone]]:
    """A zone that has no place, and the one whose value stood there."""
    for zone in zones.values():
        if zone.read_first < zone.written:
            yield zone, zone
    forward = sorted((z for z in zones.values() if z.forward), key=lambda z: z.ended)
    for earlier, later in pairwise(forward):
        if later.ended < earlier.started:
            yield max(earlier, later, key=lambda z: z.started), earlier
    yield from _find_inner_zones(forward, [z for z in zones.values() if not z.forward])


def _find_inner_zones(
    forward: Sequence[Zone], backward: Sequence[Zone]
) -> Iterator[tuple[Zone, Zone]]:
    """Backward zones inside of a forward one; these do not overlap, or it is over already."""
    pending = iter(forward)
    around = next(pending, None)
    for zone in sorted(backward, key=lambda z: z.started):
        while around is not None and around.started <= zone.started:
            around = next(pending, None)
        if around is not None and around.ended < zone.started and zone.ended < around.started:
            # The write was over before the value that stood there was seen for the last time.
            yield around, zone
