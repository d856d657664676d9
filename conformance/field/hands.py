"""What a field run needs of whoever can break its target."""

from collections.abc import Sequence
from random import Random
from typing import Protocol

#: What is done, by the name of the fault; the first ones show the most.
FAULTS = {
    "worker-killed": "a worker killed",
    "worker-stalled": "a worker stalled beyond its lease",
    "redis-restarted": "Redis restarted",
    "api-killed": "an API process killed under its readers",
    "worker-ended": "a worker asked to end",
    "redis-gone": "Redis gone for longer than a lease",
    "postgres-restarted": "Postgres restarted",
}


class Hands(Protocol):
    """Breaks something of a target and mends it; every call blocks until its effect holds.

    `faults` can be done, and `lacks` says in sentences what cannot, and what would make it
    possible. A silent worker keeps its run for `lease_ms`, None where nobody has said how long.
    """

    faults: Sequence[str]
    lacks: Sequence[str]
    lease_ms: int | None

    def aim(self, fault: str, dice: Random) -> None:
        """Choose what to break, and lead the runs that are created now to where it will be."""

    def strike(self) -> None:
        """Break it, wait as long as the fault lasts, and mend it; TargetError if that fails."""

    def leave(self) -> None:
        """Restore at once what is still broken; without effect where nothing is."""
