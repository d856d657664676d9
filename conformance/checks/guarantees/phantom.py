"""Nothing happens that nobody asked for.

Definition. A step begins, a run has a status at the end, a log entry or an event turns up of a
nonce that was never submitted. Log entries and events of a refused create count as well; its steps
and its status are the subject of the resurrected.
Cost: O(n) and the total length of the logs read.
Assumes: every create against the target is in the history, and no two share a nonce.
Lawful: none of it, ever.
Blind to: runs that leave no effect, event or log entry.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.runs import Run
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import BEGINS, FINAL

PLACE = 3
NOTHING = "no effect, event or state with a nonce was seen"
NO_TRACE = "no trace of it"
UNKNOWN = "nobody submitted it"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge every trace that carries a nonce."""
    notes, view = Notebook("phantom"), View.of(history)
    effects = _effects(view, notes)
    events = _events(view, notes)
    entries = _entries(view, notes)
    return notes.result(
        judged=effects + events + entries,
        nothing=NOTHING,
        effects=effects,
        events=events,
        entries=entries,
    )


def _effects(view: View, notes: Notebook) -> int:
    begun = [each for each in view.parts.signs if each.op in BEGINS]
    ended = [each for each in view.parts.snaps if each.op == FINAL and each.value.get("status")]
    for record in begun + ended:
        nonce = record.key or ""
        if nonce not in view.runs:
            what = "was executed"
            if record.kind == "snap":
                what = f"has status {record.value['status']!r}"
            sentence = f"run {nonce} {what}, but {UNKNOWN}"
            notes.accuse(record, sentence, expected=NO_TRACE, actual=what)
    return len(begun) + len(ended)


def _events(view: View, notes: Notebook) -> int:
    judged = 0
    for each in view.connections:
        judged += len(each.strays) + (len(each.events) if each.nonce else 0)
        own = each.events[:1] if stranger(view.runs.get(each.nonce or "")) else []
        for record in [*own, *each.strays]:
            nonce = record.value.get("nonce") or each.nonce or ""
            reason = stranger(view.runs.get(nonce))
            if reason:
                what = f"an event of run {nonce} on the stream of run {each.nonce}"
                sentence = f"subscription {each.key} got {what}, but {reason}"
                notes.accuse(record, sentence, expected=NO_TRACE, actual=what)
    return judged


def _entries(view: View, notes: Notebook) -> int:
    judged = 0
    for record, log in view.logs:
        for nonce in dict.fromkeys(entry["nonce"] for entry in log):
            judged += 1
            reason = stranger(view.runs.get(nonce))
            if reason:
                what = f"an entry of run {nonce}"
                sentence = f"the state read for run {record.key} holds {what}, but {reason}"
                notes.accuse(record, sentence, expected=NO_TRACE, actual=what)
    return judged


def stranger(run: Run | None) -> str | None:
    """Return why there should be no trace of it."""
    if run is None:
        return UNKNOWN
    return "the server had refused it" if run.has_refusal else None
