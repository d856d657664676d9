"""Each due time of a cron makes one run.

Definition. The first run belongs to the first due time, and so on. *Too many*: a run was made
before its due time, so that an earlier one had two. *Too few*: by the last run there had been more
due times than runs.
Cost: O(runs).
Assumes: a schedule with a fixed period. Times are of the target's clocks, which may be
`tolerance_s` ahead of each other, and count from the first due time. Whoever watched the cron made
the record (`cron.fires`).
Lawful: a target that looks at its crons more seldom than they are due (`coarse`) skips due times.
Blind to: due times after the last run; a run too many beside one too few before it; crons that
nobody watched.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 18
NOTHING = "no cron was watched"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the runs of each cron that was watched."""
    notes, view = Notebook("cron_ticks"), View.of(history)
    crons = fires = skipped = 0
    for record in view.parts.snaps:
        if record.op == "cron.fires":
            crons += 1
            fires += len(record.value["fires_s"])
            skipped += _judge(record, notes)
    return notes.result(judged=fires, nothing=NOTHING, crons=crons, skipped=skipped)


def _judge(record: Record, notes: Notebook) -> int:
    """Find runs too many or too few; returns how many due times were lawfully skipped."""
    value = record.value
    period_s, fires_s = value["period_s"], sorted(value["fires_s"])
    for n, fire_s in enumerate(fires_s):
        due_s = n * period_s
        if fire_s < due_s - value["tolerance_s"]:
            what = f"made run {n + 1} before its due time"
            _find(record, what, f"{due_s:g} s or later", f"{fire_s:.3f} s", notes)
            return 0
    missing = int(fires_s[-1] // period_s) + 1 - len(fires_s) if fires_s else 0
    if missing > 0 and not value["coarse"]:
        what = f"made {len(fires_s)} runs for {len(fires_s) + missing} due times"
        _find(record, what, str(len(fires_s) + missing), str(len(fires_s)), notes)
    return max(0, missing)


def _find(record: Record, what: str, expected: str, actual: str, notes: Notebook) -> None:
    sentence = f"cron {record.key} {what}"
    notes.accuse(record, sentence, expected=expected, actual=actual)
