"""Nothing of a run turns up in another's place.

Definition. An event with another run's nonce on a run's stream, or a log entry of a run of another
thread in a thread's state. Threads, tenants and deployments are distinguished by nonces alone, so
two deployments that hear each other through one Redis are found as any two runs are.
Cost: O(n) and the total length of the logs read.
Assumes: every create against the target is in the history, and no two share a nonce.
Lawful: none of it, ever.
Blind to: payloads without a nonce; a thread that is known for neither run. What nobody submitted
is a phantom. A copied thread shows its source's entries: reads of one do not belong here.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.guarantees.phantom import stranger
from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 12
NOTHING = "no event or state with a nonce was seen"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge every event and every log entry by where it was found."""
    notes, view = Notebook("cross_talk"), View.of(history)
    events = _events(view, notes)
    entries = _entries(view, notes)
    return notes.result(judged=events + entries, nothing=NOTHING, events=events, entries=entries)


def _events(view: View, notes: Notebook) -> int:
    judged = 0
    for each in view.connections:
        if each.nonce is None:
            continue
        judged += len(each.events) + len(each.strays)
        for record in each.strays:
            nonce = record.value["nonce"]
            if not stranger(view.runs.get(nonce)):
                notes.accuse(
                    record,
                    f"subscription {each.key} of run {each.nonce} got an event of run {nonce}, "
                    "which has a stream of its own",
                    expected=f"events of {each.nonce}",
                    actual=f"an event of {nonce}",
                    before=each.opened,
                )
    return judged


def _entries(view: View, notes: Notebook) -> int:
    judged = 0
    for record, log in view.logs:
        home = view.runs.get(record.key or "")
        here = home.thread_id if home is not None else None
        for nonce in dict.fromkeys(entry["nonce"] for entry in log):
            judged += 1
            run = view.runs.get(nonce)
            if run is None or run.has_refusal or run is home or not here:
                continue
            if run.thread_id and run.thread_id != here:
                notes.accuse(
                    record,
                    f"the state read for run {record.key} on thread {here} holds an entry of run "
                    f"{nonce}, which ran on thread {run.thread_id}",
                    expected=f"entries of thread {here}",
                    actual=f"one of thread {run.thread_id}",
                )
    return judged
