"""How long it took to get going again, read from the history alone. Pure.

after a fault   from its heal to the next begin of any step, and to the next end of one
picked up       from the last sign of a step that began and never ended, to the next begin of a step
                of the same run: what the run itself lost, lease and sweep included
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from onceproof.conformance.history import Record
from onceproof.conformance.history.vocabulary import BEGINS, ENDS
from onceproof.reports.chaos import RecoveryTimes


def measure_recovery(history: Sequence[Record]) -> RecoveryTimes:
    """Return all three over a whole history, in seconds."""
    begins = [r.t for r in history if r.kind == "effect" and r.op in BEGINS]
    ends = [r.t for r in history if r.kind == "effect" and r.op in ENDS]
    heals = [r.t for r in history if r.kind == "fault" and r.value["phase"] == "heal"]
    return RecoveryTimes(
        to_begin_s=list(_to_the_next(heals, begins)),
        to_end_s=list(_to_the_next(heals, ends)),
        picked_up_s=_measure_pickups(history),
    )


def _to_the_next(since: Sequence[int], signs: Sequence[int]) -> Iterable[float]:
    for t in since:
        at = bisect_left(signs, t)
        if at < len(signs):
            yield (signs[at] - t) / 1e9


def _measure_pickups(history: Sequence[Record]) -> list[float]:
    """A step that is under way when its run begins another one will never end, or too late."""
    under_way: dict[str, dict[int, int]] = {}
    steps: dict[int, object] = {}
    times_s: list[float] = []
    for record in history:
        if record.kind != "effect" or record.key is None:
            continue
        token, mine = record.value["token"], under_way.setdefault(record.key, {})
        if record.op == "begin":
            step = record.value.get("step")
            again = [mine.pop(one) for one in list(mine) if steps[one] == step]
            times_s += [(record.t - t) / 1e9 for t in again]
            mine[token], steps[token] = record.t, step
        elif record.op == "end":
            mine.pop(token, None)
        elif token in mine:
            mine[token] = record.t
    return times_s
