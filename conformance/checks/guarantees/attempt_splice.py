"""A stream goes from one attempt of a run to the next and never back.

Definition. Within one subscription no event of an older attempt (token) arrives after one of a
newer attempt.
Cost: O(n).
Assumes: a run's numbered events come from one node, so that two tokens are two attempts.
Lawful: none of it: a worker that has lost its run is fenced off its stream as off its state.
Blind to: attempts without a sink (token 0), which look alike; a stream that ends with a partial
attempt while another subscription saw a newer one (stream bounds).
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.streams import Subscription
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 11
NOTHING = "no subscription received an event that carries a sequence number"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the order of the attempts in each subscription."""
    notes, view = Notebook("attempt_splice"), View.of(history)
    judged = retried = 0
    for each in view.subscriptions:
        judged += bool(each.segments)
        if len(each.segments) > 1:
            retried += 1
            _judge(each, notes)
    return notes.result(judged=judged, nothing=NOTHING, retried=retried)


def _judge(subscription: Subscription, notes: Notebook) -> None:
    newest: Record | None = None
    for event in subscription.events:
        token = event.value.get("token") if event.value.get("seq") is not None else None
        if not token:
            continue
        if newest is None or token >= newest.value["token"]:
            newest = event
            continue
        notes.find(
            subscription.key,
            f"{subscription.name}: an event of the older attempt {token} arrived after one of "
            f"attempt {newest.value['token']}",
            expected=f"events of attempt {newest.value['token']} or a newer one",
            actual=f"seq {event.value['seq']} of attempt {token}",
            records=(newest.i, event.i),
        )
        return
