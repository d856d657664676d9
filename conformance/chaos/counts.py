"""The figures of a chaos: what was accepted, and what became of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from onceproof.conformance.checks import CheckResult
from onceproof.conformance.history import Record
from onceproof.conformance.history.vocabulary import FINAL

#: Which findings stand for what, by check.
BROKEN = {
    "lost": "lost",
    "duplicated": "duplicate",
    "overlapping": "overlap",
    "stale": "stale_commit",
    "phantom": "phantom",
}


@dataclass(frozen=True)
class Counts:
    """Runs by what became of them; `broken` counts findings by what was broken.

    `finished` are those that were seen to end, as one run and with each step once.
    """

    creates: Counter[str]
    ends: Counter[str]
    recovered: int
    finished: int
    broken: dict[str, int]

    @property
    def accepted(self) -> int:
        """Creates that were acknowledged."""
        return self.creates["ok"]


def counts(history: Sequence[Record], checks: Sequence[CheckResult]) -> Counts:
    """Count a whole history, with what its checks have found."""
    creates, ends = Counter[str](), Counter[str]()
    recovered = 0
    for record in history:
        if record.op == "run.create" and record.kind != "invoke":
            creates[record.kind] += 1
        elif record.kind == "snap" and record.op == FINAL:
            ends[record.value["status"] or "removed"] += 1
        elif record.op == "info-create-recovered":
            recovered += 1
    found = {check.check: check.counts.get("findings", 0) for check in checks}
    broken = {word: found.get(check, 0) for word, check in BROKEN.items()}
    judged = next((check.counts["judged"] for check in checks if check.check == "lost"), 0)
    finished = judged - broken["lost"] - broken["duplicated"]
    return Counts(creates, ends, recovered, max(0, finished), broken)
