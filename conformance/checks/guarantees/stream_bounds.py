"""A connection begins where it promised to and does not end before the run's last event.

Definition. The first event of a subscription opened from the start, and of every newer attempt
that begins within a connection, has seq 0. A stream that the server ended (eof, or an error) after
a run that succeeded has delivered seq total-1 of its newest attempt. No event lies beyond the
declared total or follows the terminal event (`error`, `end`, or `end` after `error`) of its
connection.
Neighbour comparisons cannot see a missing head or tail, which is why probes declare `total`.
Cost: O(n).
Assumes: `total` is declared by the probe's events or in the create (`total`).
Lawful: an early end while a fault was active (the server may close so that the client rejoins), and
any early end of a run that was cancelled or did not succeed.
Blind to: a live join that starts too early or too late, since nobody promised where it starts; the
first event after a resume (resume equality).
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.connections import Allowance, newest_attempts
from onceproof.conformance.checks.views.runs import Run
from onceproof.conformance.checks.views.streams import TERMINAL_EVENTS, Place, Subscription
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 8
NOTHING = "no subscription with a promised start or a declared total was seen"
SEQUENCED = "custom"
ERROR, END = "error", "end"
ENDED = frozenset({"eof", "error"})


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the first and the last event of each subscription."""
    notes, view = Notebook("stream_bounds"), View.of(history)
    found, submitted, allowance = view.subscriptions, view.runs, view.allowance
    newest, positions = newest_attempts(found), view.cuts
    starts = ends = 0
    for each in found:
        run = submitted.get(each.nonce or "")
        attempt, total = newest.get(each.nonce, (0, run.request_field("total") if run else None))
        starts += _judge_start(each, allowance, notes)
        last = _last(each, positions, attempt) if _promises_an_end(each, run) else None
        truncated = last is not None and total is not None and last < total - 1
        ends += last is not None and total is not None
        if not truncated and _within(each, total):
            continue
        if allowance.any_fault.cover(each.nonce, *each.span):
            if truncated:
                notes.notice(
                    f"{each.name} ended after {(last or 0) + 1} of {total} events in a fault"
                )
            continue
        _judge_beyond(each, total, notes)
        if truncated and last is not None and total is not None:
            _find_truncation(each, last, total, notes)
    return notes.result(judged=starts + ends, nothing=NOTHING, starts=starts, ends=ends)


def _judge_start(each: Subscription, allowance: Allowance, notes: Notebook) -> int:
    judged, newest = 0, -1
    for at, (token, segment) in enumerate(each.segments.items()):
        if each.request.get("from_start") if at == 0 else (token or 0) > newest:
            judged += 1
            least = segment.least
            if least and allowance.loss(each):
                notes.notice(f"{each.name} missed its first events while a fault was active")
            elif least:
                notes.find(
                    each.key,
                    f"{each.name} starts late: the first event is seq {least}",
                    expected="0, 1, …",
                    actual=f"{least}, …",
                    records=(each.opened.i, segment.events[segment.seqs.index(least)].i),
                )
        newest = max(newest, token or 0)
    return judged


def _judge_beyond(each: Subscription, total: int | None, notes: Notebook) -> None:
    closing: Record | None = None
    for event in each.events:
        if closing is not None and _ends_an_error(closing, event):
            closing = event
            continue
        seq = event.value.get("seq")
        beyond = seq is not None and total is not None and seq >= total
        if beyond or closing is not None:
            limit = f"the declared total of {total}" if beyond else "the terminal event"
            notes.find(
                each.key,
                f"{each.name} got an event beyond {limit}",
                expected=f"seq below {total}" if beyond else "end of stream",
                actual=f"seq {seq}" if beyond else str(event.value.get("name")),
                records=(event.i,) if closing is None else (closing.i, event.i),
            )
            return
        if event.value.get("name") in TERMINAL_EVENTS:
            closing = event


def _ends_an_error(closing: Record, event: Record) -> bool:
    """Whether the event is the `end` that may follow an error."""
    return (closing.value.get("name"), event.value.get("name")) == (ERROR, END)


def _within(each: Subscription, total: int | None) -> bool:
    """Whether no event can be beyond anything, without a look at each of them."""
    highest = max((segment.greatest for segment in each.segments.values()), default=-1)
    return not each.closing and (total is None or highest < total)


def _find_truncation(each: Subscription, last: int, total: int, notes: Notebook) -> None:
    got = "got nothing" if not each.events else f"ended after seq {last}"
    notes.find(
        each.key,
        f"{each.name} was truncated: it {got} of {total} events",
        expected=f"…, {total - 1}, end of stream",
        actual=f"…, {last}, {each.reason}" if last >= 0 else f"{each.reason} at once",
        records=(each.opened.i, *((each.closed.i,) if each.closed else ())),
    )


def _last(
    each: Subscription, positions: dict[tuple[str | None, str], Place], attempt: int
) -> int | None:
    """The greatest seq this client has of the newest attempt, -1 for none, None for unknown."""
    if each.final:
        return each.final.greatest
    if each.is_resume and (each.nonce, str(each.request["after"])) in positions:
        token, seq = positions[each.nonce, str(each.request["after"])]
        return seq if token == attempt else -1
    return -1 if each.request.get("from_start") else None


def _promises_an_end(each: Subscription, run: Run | None) -> bool:
    """The server ended it after a run that came through, and it asked for numbered events."""
    modes = each.request.get("modes")
    came_through = run is None or (run.terminal() in (None, "success") and not run.disturbed)
    return each.reason in ENDED and came_through and (modes is None or SEQUENCED in modes)
