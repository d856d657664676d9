"""Fewer faults that still make a chaos fail: delta debugging over the entries of its schedule.

`shrink` is Zeller's ddmin: try parts and what is left without them, ever smaller ones, and keep
what still fails. A chaos that fails only now and then may pass a try by luck: what comes out has
failed, but something smaller might as well.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Generic, TypeVar

from onceproof.conformance.chaos.plan import Plan
from onceproof.conformance.chaos.run import ChaosRun, Say, run_chaos
from onceproof.conformance.faults.catalogue import Entry
from onceproof.conformance.faults.schedule import save_schedule
from onceproof.conformance.run_folder import SCHEDULE
from onceproof.conformance.runner.arguments import as_arguments, repeat
from onceproof.conformance.secrets.find import repeat_command
from onceproof.conformance.stopping import stop_request
from onceproof.reports.text import pluralise

T = TypeVar("T")

#: How long a try goes on after its last fault has ended.
TAIL_S = 15.0


@dataclass
class Search(Generic[T]):
    """Which parts of `entries` fail, asked at most `tries` times and never twice for the same."""

    entries: Sequence[T]
    fails: Callable[[list[T]], bool]
    tries: int
    known: dict[tuple[int, ...], bool] = field(default_factory=dict)

    def does_fail(self, places: Sequence[int]) -> bool:
        """Return whether this part fails; False when no tries are left."""
        key = tuple(places)
        if key not in self.known:
            if len(self.known) >= self.tries:
                return False
            self.known[key] = self.fails([self.entries[place] for place in key])
        return self.known[key]


def shrink(entries: Sequence[T], fails: Callable[[list[T]], bool], tries: int) -> list[T]:
    """Return a part of `entries`, in their order, that still fails; the whole must fail."""
    search, kept, parts = Search(entries, fails, tries), list(range(len(entries))), 2
    if search.does_fail([]):
        return []
    while len(kept) > 1:
        smaller = next((part for part in _parts(kept, parts) if search.does_fail(part)), None)
        if smaller is not None:
            parts = 2 if len(smaller) * 2 <= len(kept) else max(parts - 1, 2)
            kept = smaller
        elif parts >= len(kept):
            break
        else:
            parts = min(parts * 2, len(kept))
    return [entries[place] for place in kept]


def shrink_by_running(plan: Plan, chaos: ChaosRun, tries: int, say: Say) -> Iterator[str]:
    """Shrink the faults of a failed chaos by playing parts of them, and yield what came of it.

    The smallest part that has failed so far is in the file at any time, for those who cannot wait.
    """
    wanted, number = set(chaos.failing), 0
    folder, path = chaos.folder / "shrink", chaos.folder / f"shrunk-{SCHEDULE}"

    def fails(entries: list[Entry]) -> bool:
        nonlocal number
        number += 1
        say(f"try {number} of at most {tries}: {pluralise(len(entries), 'fault')}")
        where = folder / f"try-{number}"
        part = _as_long_as(plan, entries, where)
        part = replace(part, call=replay(part, where / SCHEDULE))
        failing = run_chaos(part, lambda text: None, entries).failing
        stop_request.check()
        say(f"  fails by {', '.join(failing)}" if failing else "  passes")
        if wanted.isdisjoint(failing):
            return False
        save_schedule(entries, path)
        return True

    save_schedule(chaos.played, path)
    least = shrink(chaos.played, fails, tries)
    kept = f"{pluralise(len(least), 'fault')} of {len(chaos.played)}"
    yield f"what makes it fail is {kept}, found in {number} tries:"
    yield from (f"  {entry.at_s:6.1f} s  {entry}" for entry in least)
    yield "play it again with"
    yield f"  {replay(_as_long_as(plan, least, None), path)}"


def replay(plan: Plan, schedule: Path) -> str:
    """Return the command that plays a schedule under the workload of `plan`."""
    workload: dict[str, object] = {
        "--seed": plan.seed,
        "--minutes": round(plan.minutes, 3),
        "--runs": plan.run_count,
        "--noops": plan.noop_count,
        "--workload": plan.workload,
        "--threads": plan.threads,
        "--clients": plan.clients,
        "--drain-s": plan.drain_s,
        "--fault": plan.faults,
        "--schedule": schedule,
    }
    arguments = ["onceproof", "chaos", *as_arguments(plan.options)]
    for name, value in workload.items():
        arguments += repeat(name, value)
    return repeat_command(arguments[1:])


def _as_long_as(plan: Plan, entries: Sequence[Entry], folder: Path | None) -> Plan:
    """The plan cut after its last fault, with the same workload a minute."""
    last_s = max((entry.at_s + entry.lasts_s for entry in entries), default=0.0)
    share = min(1.0, (last_s + TAIL_S) / plan.seconds)
    return replace(
        plan,
        options=replace(plan.options, run_dir=folder),
        minutes=plan.minutes * share,
        runs=round(plan.run_count * share),
        noops=round(plan.noop_count * share),
    )


def _parts(kept: Sequence[int], count: int) -> Iterator[list[int]]:
    """`count` parts of about the same size, then what is left without each of them."""
    bounds = [len(kept) * n // count for n in range(count + 1)]
    pieces = [list(kept[a:b]) for a, b in pairwise(bounds)]
    yield from pieces
    if count > 2:
        yield from ([place for place in kept if place not in piece] for piece in pieces)
