"""When a run that met a fault was seen to go on, and how long runs are silent by themselves."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from onceproof.conformance.field.views.fault import FieldFault
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.history.record import Record


def list_signs(run: FieldRun) -> list[Record]:
    """List what shows that a run moves: its events on any reader, and its end; by time."""
    events = [event for reader in run.readers for event in reader.content]
    ended = [run.first_end] if run.first_end else []
    return sorted([*events, *ended], key=lambda record: record.t)


def was_under_way(run: FieldRun, fault: FieldFault) -> bool:
    """Return whether the run was surely being executed when something was broken.

    It was seen to move before, and not to be over until then."""
    before = any(sign.t < fault.injected.t for sign in list_signs(run)[:1])
    ended = run.first_end
    if not before or ended is None:
        return before
    going = [r for r in run.reads if r.value.get("status") in ("pending", "running")]
    moved = [each.t for each in list_signs(run)[:-1]]
    return max([*(read.t for read in going), *moved], default=0) > fault.injected.t


def find_restarts(run: FieldRun) -> list[Record]:
    """List the events that show a task of the root graph begun once more, on any reader."""
    found = []
    for reader in run.readers:
        seen: set[str] = set()
        for event in reader.list_root("tasks"):
            task = event.value.get("task")
            if event.value.get("phase") != "start" or task is None:
                continue
            if task in seen:
                found.append(event)
            seen.add(task)
    return sorted(found, key=lambda record: record.t)


def measure_silence(runs: Iterable[FieldRun]) -> float | None:
    """Return the longest time, in ns, between two signs of any of these; None without any."""
    gaps = [
        two.t - one.t
        for run in runs
        for one, two in pairwise([run.accepted or run.create, *_live_signs(run)])
    ]
    return max(gaps, default=None)


def _live_signs(run: FieldRun) -> Sequence[Record]:
    return run.live.content if run.live else ()
