"""What each run of a soak said, as lines of a file, and what all of them come to."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from onceproof.reports.text import one_line

ALARMS = ("FAIL", "WARN", "ERROR")
#: What a run that was starved may say: that it could not keep up.
SHOWN = ("PASS", *ALARMS, "INCONCLUSIVE", "NOT_JUDGED")
WIDTH = 200


@dataclass(frozen=True)
class Said:
    """A verdict other than PASS on one requirement."""

    requirement: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Soaked:
    """One run: when, in which order, of what, and the verdicts."""

    started: str
    seed: int
    starved: bool
    only: tuple[str, ...]
    seconds: float
    counts: Mapping[str, int]
    said: tuple[Said, ...]

    @property
    def alarms(self) -> tuple[Said, ...]:
        """What was blamed."""
        return tuple(each for each in self.said if each.verdict in ALARMS)

    @property
    def is_quiet(self) -> bool:
        """Whether something was judged and nothing blamed."""
        return self.counts.get("PASS", 0) > 0 and not self.alarms


def read_run(results: Mapping[str, Any], *, seed: int, starved: bool) -> Soaked:
    """Read a run from its results."""
    run, found = results["run"], results["requirements"]
    return Soaked(
        started=run["started"],
        seed=seed,
        starved=starved,
        only=tuple(run["only"]),
        seconds=run["seconds"],
        counts=dict(Counter(each["verdict"] for each in found)),
        said=tuple(
            Said(each["id"], each["verdict"], each.get("reason") or "")
            for each in found
            if each["verdict"] in SHOWN[1:]
        ),
    )


def append(path: Path, run: Soaked) -> None:
    """Append a run to a file of one run a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(run), sort_keys=True) + "\n")


def describe(run: Soaked) -> list[str]:
    """Describe a run in one line, and one more for each verdict that is no PASS."""
    counts = ", ".join(f"{run.counts[each]} {each}" for each in SHOWN if run.counts.get(each))
    how = "starved, " if run.starved else ""
    what = " ".join(run.only) or "the whole suite"
    return [
        f"seed {run.seed}: {how}{what}, {run.seconds:.0f} s: {counts}",
        *(
            f"    {each.requirement} {each.verdict}: {one_line(each.reason, WIDTH)}"
            for each in run.said
        ),
    ]


def summarise(runs: Sequence[Soaked]) -> str:
    """Say what all runs come to."""
    total = Counter[str]()
    for run in runs:
        total.update(run.counts)
    counts = ", ".join(f"{total[each]} {each}" for each in SHOWN)
    loud = [str(run.seed) for run in runs if not run.is_quiet]
    end = f"; alarms with the seeds {', '.join(loud)}" if loud else ""
    return f"{len(runs)} runs: {counts}{end}"
