"""The definitions of three checks, spelled out over all pairs: slow, and plainly right."""

from dataclasses import dataclass
from itertools import combinations, permutations

from onceproof.conformance.checks.views.reads import RANK, Read
from onceproof.conformance.history.vocabulary import TERMINAL

Window = tuple[int, int]


def meets(window: Window | None, start: int, stop: int) -> bool:
    return window is not None and window[0] <= stop and start <= window[1]


def order_anomalies(seqs: list[int]) -> set[str]:
    """Which of duplicate, reorder and gap the arrivals of one attempt show."""
    found = set()
    for n, seq in enumerate(seqs):
        if seq in seqs[:n]:
            found.add("duplicate")
        elif any(earlier > seq for earlier in seqs[:n]):
            found.add("reorder")
    if set(range(min(seqs), max(seqs))) - set(seqs):
        found.add("gap")
    return found


@dataclass(frozen=True)
class Alive:
    start: int
    stop: int


def overlap_exists(spans: list[Alive], window: Window | None) -> bool:
    """Whether two spans share more than a point that no fault between their starts excuses."""
    for a, b in combinations(spans, 2):
        older, newer = sorted((a, b), key=lambda each: (each.start, each.stop))
        within = older.start < newer.start < older.stop
        together = max(a.start, b.start) < min(a.stop, b.stop)
        if (within or together) and not meets(window, older.start, newer.start):
            return True
    return False


@dataclass(frozen=True)
class Seen:
    who: str
    status: str
    call: int
    ret: int


def status_goes_back(reads: list[Seen], window: Window | None) -> bool:
    """Whether a later read of a client, or of anybody after a terminal one, contradicts."""
    rank = {"pending": 0, "running": 1, **dict.fromkeys(TERMINAL, 2)}
    if len({each.status for each in reads} & TERMINAL) > 1:
        return True
    for n, after in enumerate(reads):
        for before in reads[:n] + reads[n + 1 :]:
            session = before.who == after.who and before.ret <= after.call and before in reads[:n]
            changed = before.status in TERMINAL and after.status != before.status
            if changed and (session or before.ret < after.call):
                return True
            back = session and rank[after.status] < rank[before.status]
            if back and not meets(window, before.call, after.ret):
                return True
    return False


def some_order_explains(reads: list[Read]) -> bool:
    """Whether the reads can be put in an order of time in which the status never goes back."""
    return any(
        all(RANK[a.status] <= RANK[b.status] for a, b in combinations(order, 2))
        and not any(b.call is not None and b.ret < (a.call or 0) for a, b in combinations(order, 2))
        for order in permutations(reads)
    )
