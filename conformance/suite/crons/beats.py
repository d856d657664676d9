"""How fast crons are made to go, and whether a cron keeps the time.

Minutes are too long to wait for several times, so a target that takes a sixth field for seconds is
asked to go by the second. One that looks at its crons more seldom than that skips due times then,
which only counts against it if it does so by the minute, the finest that every server promises.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from onceproof.conformance.history import Recorder
from onceproof.conformance.suite.kit.crons import Crons
from onceproof.conformance.wire.sanitise import text


@dataclass(frozen=True)
class Beat:
    """A schedule, the seconds from one due time to the next, and how many make a phase."""

    schedule: str
    period_s: float
    phase: int


SECONDS = Beat("* * * * * *", 1, 2)
SLOWER = Beat("* * * * * */5", 5, 1)
MINUTES = Beat("* * * * *", 60, 1)

#: One clock of the target may be ahead of another by this fraction of a period.
TOLERANCE = 0.25


async def list_beats(crons: Crons) -> list[Beat]:
    """List the beats that the target accepts, fastest first."""
    response = await crons.ask(schedule="0 0 29 2 * 0")
    return [SECONDS, SLOWER, MINUTES] if response.is_success else [MINUTES]


def record_fires(
    history: Recorder, cron: dict[str, Any], runs: list[dict[str, Any]], beat: Beat
) -> None:
    """Record in the history when a cron made its runs, for the check that reads it."""
    first = parse_time(cron["next_run_date"])
    value = {
        "period_s": beat.period_s,
        "tolerance_s": TOLERANCE * beat.period_s,
        "coarse": beat != MINUTES,
        "fires_s": [
            round((parse_time(run["created_at"]) - first).total_seconds(), 6) for run in runs
        ],
    }
    history.add("snap", "cron.fires", who="crons", key=text(cron["cron_id"]), value=value)


def parse_time(text: str) -> datetime:
    """Parse a time that the target reported."""
    return datetime.fromisoformat(text)


def find_early_runs(cron: dict[str, Any], runs: list[dict[str, Any]], beat: Beat) -> list[str]:
    """Describe the runs that came before their due time; with one run per due time there are none.

    The first run belongs to the first due time, and so on. A second run for one of them moves
    every later run to a due time that has not come yet.
    """
    return [
        f"run {place} was made at {run['created_at']}, before {_due_time(cron, place, beat)}"
        for place, run in enumerate(runs, start=1)
        if parse_time(run["created_at"]) < _due_time(cron, place, beat, -TOLERANCE)
    ]


def find_missing_run(cron: dict[str, Any], runs: list[dict[str, Any]], beat: Beat) -> list[str]:
    """Return one sentence if more due times than runs had passed by the last run, else nothing."""
    after = _due_time(cron, len(runs) + 1, beat)
    if runs and parse_time(runs[-1]["created_at"]) >= after:
        return [f"run {len(runs)} was made at {runs[-1]['created_at']}, not before {after}"]
    return []


def _due_time(cron: dict[str, Any], place: int, beat: Beat, shift: float = 0) -> datetime:
    """Return the due time with this number, counted from 1, moved by `shift` periods."""
    return parse_time(cron["next_run_date"]) + timedelta(
        seconds=(place - 1 + shift) * beat.period_s
    )
