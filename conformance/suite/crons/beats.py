"""How fast crons are made to go, and whether a cron keeps the time.

Minutes are too long to wait for several times, so a target that takes a sixth field for seconds is
asked to go by the second. One that looks at its crons more seldom than that skips due times then,
which is no fault of it before it does so by the minute, the finest that every server promises.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from onceproof.conformance.history import Recorder
from onceproof.conformance.suite.crons.making import Crons
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

#: A clock of the target may be that much of a period ahead of another of its clocks.
TOLERANCE = 0.25


async def beats(crons: Crons) -> list[Beat]:
    """The beats that the target takes, fastest first."""
    response = await crons.ask(schedule="0 0 29 2 * 0")
    return [SECONDS, SLOWER, MINUTES] if response.is_success else [MINUTES]


def note(history: Recorder, cron: dict[str, Any], runs: list[dict[str, Any]], beat: Beat) -> None:
    """Leave in the history when a cron that was watched made its runs, for the check of it."""
    first = at(cron["next_run_date"])
    value = {
        "period_s": beat.period_s,
        "tolerance_s": TOLERANCE * beat.period_s,
        "coarse": beat != MINUTES,
        "fires_s": [round((at(run["created_at"]) - first).total_seconds(), 6) for run in runs],
    }
    history.add("snap", "cron.fires", who="crons", key=text(cron["cron_id"]), value=value)


def at(text: str) -> datetime:
    """A time that the target told."""
    return datetime.fromisoformat(text)


def too_many(cron: dict[str, Any], runs: list[dict[str, Any]], beat: Beat) -> list[str]:
    """Runs that came before their due time, each in a sentence: none does if each due time has one.

    The first run belongs to the first due time, and so on. A second run for one of them moves all
    that follow it to a place before their own.
    """
    return [
        f"run {place} was made at {run['created_at']}, before {_due(cron, place, beat)}"
        for place, run in enumerate(runs, start=1)
        if at(run["created_at"]) < _due(cron, place, beat, -TOLERANCE)
    ]


def too_few(cron: dict[str, Any], runs: list[dict[str, Any]], beat: Beat) -> list[str]:
    """A sentence, if by the last run there had been more due times than runs."""
    after = _due(cron, len(runs) + 1, beat)
    if runs and at(runs[-1]["created_at"]) >= after:
        return [f"run {len(runs)} was made at {runs[-1]['created_at']}, not before {after}"]
    return []


def _due(cron: dict[str, Any], place: int, beat: Beat, shift: float = 0) -> datetime:
    """The due time in this place, counted from 1, moved by so many periods."""
    return at(cron["next_run_date"]) + timedelta(seconds=(place - 1 + shift) * beat.period_s)
