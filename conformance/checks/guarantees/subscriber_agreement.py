"""Everybody who listened to a run heard the same.

Definition. Two complete subscriptions to one run with the same filter hold the same events in the
same order; one that the client cut holds a prefix of them, one that joined late a suffix. Events
are compared by name, id, token, seq, hash and digest; connection-wide `metadata` is left out.
Cost: O(events).
Assumes: a subscription is complete when it asked from the start, has every sequenced event in
order, and the server ended it.
Lawful: differences of a subscription that was open while a fault could cost it events.
Blind to: what all subscribers missed alike; resumed connections (resume equality); a subscription
that stream order or stream bounds already found broken, which is not compared.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.streams import Subscription, difference, same, show
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 10
NOTHING = "no run had a complete subscription and a second one to compare with it"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the subscriptions of each run against its complete ones."""
    notes, view = Notebook("subscriber_agreement"), View.of(history)
    judged = complete = 0
    for group, known in view.groups:
        if not known:
            continue
        complete += 1
        _disagree(known, notes)
        for each in group:
            if each is not known[0] and not each.is_resume and not view.allowance.loss(each):
                judged += _judge(each, known, notes)
    return notes.result(judged=judged, nothing=NOTHING, runs=complete)


def _disagree(known: list[Subscription], notes: Notebook) -> None:
    first = known[0]
    for other in known[1:]:
        n = difference(first.content, other.content)
        _find(other, first, (show(first.content, n), show(other.content, n)), notes)


def _judge(each: Subscription, known: list[Subscription], notes: Notebook) -> bool:
    """Compare a cut or late subscription; True if it could be compared at all."""
    got, from_start = each.content, each.request.get("from_start")
    if each.complete:
        return True  # complete: equal to a known one, or among them and already compared
    if from_start and each.reason == "cut" and each.whole and (each.starts or not each.segments):
        pairs = [(one.content[: len(got)], got) for one in known]
    elif not from_start and each.whole and each.ends:
        pairs = [(one.content[max(0, len(one.content) - len(got)) :], got) for one in known]
    else:
        return False
    if not any(same(expected, actual) for expected, actual in pairs):
        expected, actual = pairs[0]
        n = difference(expected, actual)
        _find(each, known[0], (show(expected, n), show(actual, n)), notes)
    return True


def _find(each: Subscription, known: Subscription, shown: tuple[str, str], notes: Notebook) -> None:
    notes.find(
        each.key,
        f"{each.name} and subscription {known.key} differ: "
        f"{each.key} got {shown[1]} where {known.key} got {shown[0]}",
        expected=shown[0],
        actual=shown[1],
        records=(known.opened.i, each.opened.i),
    )
