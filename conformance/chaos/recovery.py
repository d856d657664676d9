"""How long it took to get going again, read from the history alone.

after a fault   from its heal to the next begin of any step, and to the next end of one
picked up       from the last sign of a step that began and never ended, to the next begin of a step
                of the same run: what the run itself lost, lease and sweep included
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from onceproof.conformance.history import Record
from onceproof.conformance.history.vocabulary import BEGINS, ENDS

#: Upper bounds of the classes, in seconds; the last class is open.
BOUNDS_S = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass
class Recovery:
    """Times in seconds."""

    to_begin_s: list[float] = field(default_factory=list)
    to_end_s: list[float] = field(default_factory=list)
    picked_up_s: list[float] = field(default_factory=list)


def recovery(history: Sequence[Record]) -> Recovery:
    """All three over a whole history."""
    begins = [r.t for r in history if r.kind == "effect" and r.op in BEGINS]
    ends = [r.t for r in history if r.kind == "effect" and r.op in ENDS]
    heals = [r.t for r in history if r.kind == "fault" and r.value["phase"] == "heal"]
    return Recovery(
        list(_to_the_next(heals, begins)), list(_to_the_next(heals, ends)), _picked_up(history)
    )


def histogram(times_s: Iterable[float]) -> list[int]:
    """How many there are in each class of `BOUNDS_S`, and beyond the last bound."""
    counts = [0] * (len(BOUNDS_S) + 1)
    for time_s in times_s:
        counts[bisect_left(BOUNDS_S, time_s)] += 1
    return counts


def _to_the_next(since: Sequence[int], signs: Sequence[int]) -> Iterable[float]:
    for t in since:
        at = bisect_left(signs, t)
        if at < len(signs):
            yield (signs[at] - t) / 1e9


def _picked_up(history: Sequence[Record]) -> list[float]:
    """A step that is under way when its run begins another one will never end, or too late."""
    under_way: dict[str, dict[int, int]] = {}
    steps: dict[int, object] = {}
    found: list[float] = []
    for record in history:
        if record.kind != "effect" or record.key is None:
            continue
        token, mine = record.value["token"], under_way.setdefault(record.key, {})
        if record.op == "begin":
            step = record.value.get("step")
            again = [mine.pop(one) for one in list(mine) if steps[one] == step]
            found += [(record.t - t) / 1e9 for t in again]
            mine[token], steps[token] = record.t, step
        elif record.op == "end":
            mine.pop(token, None)
        elif token in mine:
            mine[token] = record.t
    return found
