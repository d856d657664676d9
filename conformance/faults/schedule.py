"""A schedule of faults, drawn from a seed: the same seed and replicas, the same faults.

Kinds are dealt like cards, so that every one of them comes before any comes twice: a short chaos
sees as many kinds as it has faults.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec

from onceproof.conformance.errors import UsageError
from onceproof.conformance.faults.catalogue import FAULT_KINDS, Entry, Topology

#: Between the begins of two faults, on average: most last for two or three seconds, so that there
#: is always one under way, now and then two, and sometimes none.
EVERY_S = 5.0
#: Before the first one: something has to be under way that can be broken.
LEAD_S = 1.0


def draw(seed: int, seconds: float, topology: Topology, kinds: Sequence[str] = ()) -> list[Entry]:
    """Draw the faults of `seconds`, ordered by their beginning; of all kinds if none are named."""
    dice = Random(f"faults {seed}")
    deck = _deal(dice, list(check_kinds(kinds)))
    schedule, at_s = [], LEAD_S
    while at_s < seconds:
        name = next(deck)
        schedule.append(FAULT_KINDS[name].draw(dice, at_s, name, topology))
        at_s += dice.uniform(0.2, 1.8) * EVERY_S
    return schedule


def check_kinds(kinds: Sequence[str]) -> Sequence[str]:
    """Return the kinds, or all if none are named; raises UsageError for an unknown one."""
    for kind in kinds:
        if kind not in FAULT_KINDS:
            raise UsageError(f"unknown --fault {kind!r}; choose one of {', '.join(FAULT_KINDS)}")
    return kinds or list(FAULT_KINDS)


def read_schedule(path: Path) -> list[Entry]:
    """Read a saved schedule, of whatever target; raises UsageError if it is unreadable."""
    try:
        schedule = msgspec.json.decode(path.read_bytes(), type=list[Entry])
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--schedule {str(path)!r} cannot be read as a schedule of faults: {error}"
        ) from None
    check_kinds([entry.fault for entry in schedule])
    return schedule


def load_schedule(path: Path, topology: Topology) -> list[Entry]:
    """Load a saved schedule; raises UsageError if it is unreadable or not of this target."""
    schedule = read_schedule(path)
    for entry in schedule:
        strangers = {hit for hit in entry.hits if hit.partition("-")[2].isdecimal()}
        for stranger in sorted(strangers - set(topology.replicas)):
            raise UsageError(
                f"--schedule {str(path)!r} refers to replica {stranger!r}, which this target does "
                "not have; use the replica counts of the run that recorded it"
            )
    return schedule


def save_schedule(schedule: Sequence[Entry], path: Path) -> None:
    """Write a schedule so that it can be loaded."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(schedule)))


def _deal(dice: Random, cards: list[str]) -> Iterator[str]:
    while True:
        dice.shuffle(cards)
        yield from cards
