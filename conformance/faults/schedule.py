"""A schedule of faults, drawn from a seed: the same seed and replicas, the same faults.

Kinds are dealt like cards, so that every one of them comes before any comes twice: a short chaos
sees as many kinds as it has faults.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec

from onceproof.conformance.errors import UsageError
from onceproof.conformance.faults.catalogue import PACKAGES, Entry, Places

#: Between the begins of two faults, on average: most last for two or three seconds, so that there
#: is always one under way, now and then two, and sometimes none.
EVERY_S = 5.0
#: Before the first one: something has to be under way that can be broken.
LEAD_S = 1.0


def draw(seed: int, seconds: float, places: Places, kinds: Sequence[str] = ()) -> list[Entry]:
    """The faults of `seconds`, in the order of their begins; of all kinds if none are named."""
    dice = Random(f"faults {seed}")
    deck = _dealt(dice, list(known(kinds)))
    schedule, at_s = [], LEAD_S
    while at_s < seconds:
        name = next(deck)
        schedule.append(PACKAGES[name].draw(dice, at_s, name, places))
        at_s += dice.uniform(0.2, 1.8) * EVERY_S
    return schedule


def known(kinds: Sequence[str]) -> Sequence[str]:
    """The kinds, all if none are named; UsageError for one that there is not."""
    for kind in kinds:
        if kind not in PACKAGES:
            raise UsageError(f"--fault {kind!r} is not known; choose of {', '.join(PACKAGES)}")
    return kinds or list(PACKAGES)


def load(path: Path, places: Places) -> list[Entry]:
    """A schedule that was kept; UsageError for a file that holds none, or none of this target."""
    try:
        schedule = msgspec.json.decode(path.read_bytes(), type=list[Entry])
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"--schedule {str(path)!r} holds no schedule of faults: {error}") from None
    known([entry.fault for entry in schedule])
    for entry in schedule:
        strangers = {hit for hit in entry.hits if hit.partition("-")[2].isdecimal()}
        for stranger in sorted(strangers - set(places.replicas)):
            raise UsageError(
                f"--schedule {str(path)!r} hits {stranger!r}, which the target has not; take as "
                "many --api-replicas and --worker-replicas as when it was kept"
            )
    return schedule


def keep(schedule: Sequence[Entry], path: Path) -> None:
    """Write a schedule so that it can be loaded."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(schedule)))


def _dealt(dice: Random, cards: list[str]) -> Iterator[str]:
    while True:
        dice.shuffle(cards)
        yield from cards
