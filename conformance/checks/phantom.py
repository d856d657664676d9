"""C3 and C12: nothing happens that nobody asked for, and nothing turns up in another's place.

Definition. *Phantom*: an effect, a quiescent status, a log entry or an event of a nonce that was
never submitted, or whose create the server refused. *Cross-talk*: an event with another run's nonce
in a run's stream, or a log entry of a run of another thread in a thread's state.
Cost: O(n) and the total length of the logs read.
Assumes: every create against the target is in the history, and no two share a nonce.
Lawful: none of it, ever.
Blind to: runs that leave no effect, event or log entry; cross-talk of payloads without a nonce; a
thread that is known for neither run. A copied thread shows its source's entries: reads of one do
not belong in the history.
"""

from collections.abc import Sequence

from conformance.checks.executions import BEGINS
from conformance.checks.result import CheckResult, Notebook
from conformance.checks.runs import Run
from conformance.checks.view import View
from conformance.history.record import Record

NOTHING = "no effect, event or state with a nonce was seen"
NO_TRACE = "no trace of it"


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
    ended = [each for each in view.parts.snaps if each.op == "final" and each.value.get("status")]
    for record in begun + ended:
        nonce = record.key or ""
        reason = _stranger(view.runs.get(nonce))
        if reason:
            what = "was executed"
            if record.kind == "snap":
                what = f"has status {record.value['status']!r}"
            sentence = f"run {nonce} {what}, but {reason}"
            notes.accuse(record, sentence, expected=NO_TRACE, actual=what)
    return len(begun) + len(ended)


def _events(view: View, notes: Notebook) -> int:
    judged = 0
    for each in view.connections:
        judged += len(each.strays) + (len(each.events) if each.nonce else 0)
        own = each.events[:1] if _stranger(view.runs.get(each.nonce or "")) else []
        for record in [*own, *each.strays]:
            nonce = record.value.get("nonce") or each.nonce or ""
            reason = _stranger(view.runs.get(nonce))
            if each.nonce is not None and nonce != each.nonce:
                reason = reason or "it has a stream of its own"
            if reason:
                what = f"an event of run {nonce} on the stream of run {each.nonce}"
                sentence = f"subscription {each.key} got {what}, but {reason}"
                notes.accuse(record, sentence, expected=NO_TRACE, actual=what)
    return judged


def _entries(view: View, notes: Notebook) -> int:
    judged = 0
    for record, log in view.logs:
        home = view.runs.get(record.key or "")
        for nonce in {entry["nonce"] for entry in log}:
            judged += 1
            reason = _misplaced(view.runs.get(nonce), home)
            if reason:
                what = f"an entry of run {nonce}"
                sentence = f"the state read for run {record.key} holds {what}, but {reason}"
                notes.accuse(record, sentence, expected=NO_TRACE, actual=what)
    return judged


def _stranger(run: Run | None) -> str | None:
    """Why there should be no trace of it."""
    if run is None:
        return "nobody submitted it"
    return "the server had refused it" if run.refused else None


def _misplaced(run: Run | None, home: Run | None) -> str | None:
    """Why its entry should not be in the state that was read for `home`."""
    if _stranger(run) or run is None or home is None or run is home:
        return _stranger(run)
    there, here = run.thread_id, home.thread_id
    return f"that ran on thread {there}" if there and here and there != here else None
