"""Who worked on the run of a finding, and when: its attempts as the sink and the clients saw them.

An attempt is what one process executes of a run, each step once; a process that begins a step again
has begun another attempt. Leases are the server's own and not to be seen from outside. What can be
seen is that an attempt showed no sign of life for some time before the next one began: in that
stretch its lease ran out or was handed back. Pure.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from onceproof.conformance import checks
from onceproof.conformance.checks.views.executions import Execution, executions
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history import Record
from onceproof.conformance.history.vocabulary import FINAL, TERMINAL
from onceproof.reports.attempts import Attempts, Lane, Moment, Span, Step

#: How many runs of a check's findings are shown, and how much of each.
RUNS = 5
STEPS = 40
READERS = 8
FAULTS = 12
MOMENTS = 16

#: What of a run's operations is a moment, and how it is called.
_WORDS = {
    ("ok", "run.create"): "accepted",
    ("fail", "run.create"): "refused",
    ("info", "run.create"): "acceptance unknown",
    ("invoke", "run.cancel"): "cancel asked",
    ("ok", "run.cancel"): "cancel acknowledged",
    ("invoke", "run.delete"): "delete asked",
}


@dataclass(slots=True)
class _Seen:
    """All records about one run."""

    signs: list[Record] = field(default_factory=list)
    streams: list[Record] = field(default_factory=list)
    others: list[Record] = field(default_factory=list)


@dataclass(frozen=True)
class _Clock:
    """Seconds since the start of the run."""

    start_ns: int

    def at(self, t: int) -> float:
        return round((t - self.start_ns) / 1e9, 6)


def show_attempts(
    findings: Sequence[checks.Finding], view: View, start_ns: int
) -> dict[int, Attempts]:
    """Return the attempts of the first few runs that a check's findings are about, by the place of
    the first finding of each; only runs that the sink or a reader saw at work are shown."""
    first: dict[str, int] = {}
    accused: dict[str, list[Record]] = defaultdict(list)
    for place, finding in enumerate(findings):
        if nonce := _find_run(finding, view):
            first.setdefault(nonce, place)
            accused[nonce] += [view[i] for i in finding.records]
    wanted = dict(list(first.items())[:RUNS])
    seen = _collect(view, wanted)
    clock = _Clock(start_ns)
    return {
        place: _describe(nonce, seen[nonce], accused[nonce], view, clock)
        for nonce, place in wanted.items()
        if seen[nonce].signs or seen[nonce].streams
    }


def _find_run(finding: checks.Finding, view: View) -> str | None:
    """A finding is about a run, or about a reader of one."""
    if finding.key in view.runs:
        return finding.key
    named = (each.value.get("nonce") for each in _keep_valuable(view[i] for i in finding.records))
    return next((nonce for nonce in named if nonce in view.runs), None)


def _keep_valuable(records: Iterable[Record]) -> Iterator[Record]:
    return (each for each in records if isinstance(each.value, dict))


def _collect(view: View, wanted: Iterable[str]) -> dict[str, _Seen]:
    seen = {nonce: _Seen() for nonce in wanted}
    if not seen:
        return seen
    for record in view.parts.signs:
        if record.key in seen:
            seen[record.key].signs.append(record)
    for record in view.parts.streams:
        nonce = (record.value or {}).get("nonce")
        if nonce in seen:
            seen[nonce].streams.append(record)
    for part in (view.parts.operations, view.parts.snaps):
        for record in part:
            if record.key in seen:
                seen[record.key].others.append(record)
    return seen


def _describe(
    nonce: str, seen: _Seen, accused: Sequence[Record], view: View, clock: _Clock
) -> Attempts:
    marked = sorted({each.i: each for each in accused}.values(), key=lambda each: (each.t, each.i))
    found = list(executions(seen.signs).values())
    attempts = _split(found, view)
    shown = _nearest(found, [each.t for each in marked])
    workers = _work(shown, view, _list_tokens(marked), clock)
    _add_leases(workers, attempts, _find_end(seen.others), view, clock)
    times = [each.t for each in (*seen.signs, *seen.streams, *seen.others)]
    return Attempts(
        run=nonce,
        attempts=len(attempts),
        lanes=[*workers.values(), *_read(seen.streams, clock)],
        faults=_break(view, nonce, (min(times), max(times)), clock),
        moments=_notice(seen.others, {each.i for each in marked}, clock),
        # The first record sets what the next one breaks.
        first_error_s=clock.at(marked[min(1, len(marked) - 1)].t),
        left_out=len(found) - len(shown),
    )


def _list_tokens(marked: Sequence[Record]) -> set[int]:
    return {each.value["token"] for each in marked if each.kind == "effect"}


def _find_end(others: Sequence[Record]) -> float:
    """When the run was first seen over, in ns."""
    ends = (each.t for each in _keep_valuable(others) if each.value.get("status") in TERMINAL)
    return min(ends, default=math.inf)


def _name_worker(execution: Execution, view: View) -> str:
    value = view[execution.begun].value
    if execution.replica:
        return execution.replica
    return f"process {value.get('pid', '?')} on {value.get('host', '?')}"


def _split(found: Sequence[Execution], view: View) -> list[list[Execution]]:
    """The executions by attempt, in the order in which the attempts began."""
    attempts: list[list[Execution]] = []
    current: dict[str, list[Execution]] = {}
    for execution in found:
        name = _name_worker(execution, view)
        own = current.get(name)
        if own is None or any(each.step == execution.step for each in own):
            own = current[name] = []
            attempts.append(own)
        own.append(execution)
    return attempts


def _nearest(found: Sequence[Execution], errors_t: Sequence[int]) -> list[Execution]:
    """Those closest to the records of the findings, in the order in which they began."""
    if len(found) <= STEPS:
        return list(found)
    by_distance = sorted(
        range(len(found)), key=lambda n: min(abs(found[n].start - t) for t in errors_t)
    )
    return [found[n] for n in sorted(by_distance[:STEPS])]


def _work(
    found: Sequence[Execution], view: View, accused: set[int], clock: _Clock
) -> dict[str, Lane]:
    lanes: dict[str, Lane] = {}
    for each in found:
        name = _name_worker(each, view)
        step = Step(
            step=str(each.step),
            token=each.token,
            begin_s=clock.at(each.start),
            end_s=clock.at(each.stop),
            ended=each.ended is not None,
            accused=each.token in accused,
        )
        lanes.setdefault(name, Lane(name=name, steps=[], spans=[])).steps.append(step)
    return lanes


def _add_leases(
    lanes: dict[str, Lane],
    attempts: Sequence[Sequence[Execution]],
    over_t: float,
    view: View,
    clock: _Clock,
) -> None:
    """Show where the lease of an attempt must have run out before the next one began."""
    for number, (attempt, later) in enumerate(pairwise(attempts), 1):
        begun = later[0].start
        before = [each for each in attempt if each.start < begun]
        last = max((each.stop for each in before), default=begun)
        lane = lanes.get(_name_worker(attempt[0], view))
        if lane is None or last >= begun or over_t < begun:
            continue
        text = f"attempt {number} is silent until attempt {number + 1} begins: its lease is over"
        span = Span(text=text, from_s=clock.at(last), until_s=clock.at(begun))
        lane.spans.append(span)


def _read(streams: Sequence[Record], clock: _Clock) -> list[Lane]:
    """A lane for each of the first readers of the run's stream."""
    opened: dict[str, Record] = {}
    closed: dict[str, Record] = {}
    for record in streams:
        if record.op == "sub.open" and record.kind == "invoke":
            opened.setdefault(record.key or "", record)
        elif record.op == "sub.close":
            closed[record.key or ""] = record
    lanes = []
    for number, (key, record) in enumerate(list(opened.items())[:READERS], 1):
        end = closed.get(key)
        how = (
            f"from event {record.value['after']}" if record.value.get("after") else "from the start"
        )
        reason = end.value.get("reason") if end else "never closed"
        span = Span(
            text=f"{key} reads {how}: {reason}",
            from_s=clock.at(record.t),
            until_s=clock.at(end.t) if end else None,
        )
        lanes.append(Lane(name=f"reader {number}", spans=[span]))
    return lanes


def _break(view: View, nonce: str, between: tuple[int, int], clock: _Clock) -> list[Span]:
    """The faults that may have hit the run while it was under way."""
    under_way: dict[tuple[str, object], list[Record]] = defaultdict(list)
    pairs: list[tuple[Record, Record | None]] = []
    for record in view.parts.faults:
        same = under_way[record.op, record.value.get("replica")]
        if record.value.get("phase") == "inject":
            same.append(record)
        elif same:
            pairs.append((same.pop(0), record))
    pairs += [(each, None) for same in under_way.values() for each in same]
    spans = [
        Span(
            text=" · ".join(filter(None, (inject.op, inject.value.get("replica")))),
            from_s=clock.at(inject.t),
            until_s=clock.at(heal.t) if heal else None,
        )
        for inject, heal in sorted(pairs, key=lambda pair: pair[0].t)
        if nonce in inject.value.get("nonces", (nonce,))
        and inject.t <= between[1]
        and (heal is None or heal.t >= between[0])
    ]
    return spans[:FAULTS]


def _notice(others: Sequence[Record], accused: set[int], clock: _Clock) -> list[Moment]:
    """What clients did and saw: of reads of the status only those that show another one."""
    moments: list[Moment] = []
    status = None
    for record in sorted(others, key=lambda each: each.t):
        text = _WORDS.get((record.kind, record.op))
        shown = record.value.get("status") if isinstance(record.value, dict) else None
        if record.op == FINAL:
            text = f"at rest: {shown or 'unknown to the server'}"
        elif record.op == "run.status" and record.kind == "ok":
            text = f"seen {shown}" if shown != status or record.i in accused else None
            status = shown
        if text and (record.i in accused or not moments or moments[-1].text != text):
            moments.append(Moment(text=text, t_s=clock.at(record.t), accused=record.i in accused))
    return moments[:MOMENTS]
