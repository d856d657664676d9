"""Whether the operations on one object can be put into an order that explains them.

For each key there is an order of all operations on it that a sequential object (see `models`) could
have seen, and in which no operation comes before one that was answered strictly before it was
asked. A write of unknown outcome may take effect at any time, or never.
Cost: O(n log n) for an item into which nobody put a value twice (see `zones`); else exponential in
the operations under way at once on one key, and over the budget of steps a key is left open, never
passed.
"""

from collections.abc import Iterator, Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.search import operations, zones
from onceproof.conformance.checks.search.linearize import Found, Op, linearize
from onceproof.conformance.checks.search.models import MODELS, OPERATIONS
from onceproof.conformance.checks.search.ordered import Ordered
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import ABSENT


def judge_objects(history: Sequence[Record], check: str, subject: str, nothing: str) -> CheckResult:
    """Judge each object of a subject (a key of `MODELS`) by itself, for the check of that name.

    `nothing` is the reason where nobody used any.
    """
    notes, view = Notebook(check), View.of(history)
    foreign = concurrent = 0
    ordered = Ordered()
    for key, ops in _by_key(view, subject).items():
        if _foreign(subject, ops):
            foreign += 1
            continue
        concurrent += _concurrent(ops)
        found = _decide(subject, ops)
        if op := ordered.find_offender(key, found):
            _find(subject, key, op, found.state, notes)
    return ordered.result(notes, nothing, concurrent=concurrent, foreign=foreign)


def _decide(subject: str, ops: list[Op]) -> Found:
    if subject != "store":
        return linearize(ops, MODELS[subject])
    for part in zones.parts(ops):
        fit = zones.fits(part, ABSENT)
        found = zones.order(part, ABSENT) if fit else linearize(part, MODELS[subject])
        if not found.legal:
            return found
    return Found(True, len(ops))


def _by_key(view: View, subject: str) -> dict[str, list[Op]]:
    found: dict[str, list[Op]] = {}
    for key, op in _operations(view, subject):
        found.setdefault(key, []).append(op)
    return found


def _operations(view: View, subject: str) -> Iterator[tuple[str, Op]]:
    """Each operation on the subject's objects that counts, with the key of its object."""
    wanted = {op for op in OPERATIONS if op.startswith(f"{subject}.")}
    about = (each for each in view.parts.operations if each.op in wanted)
    for call, answer in operations.pair_up(about):
        kind = call.op.removeprefix(f"{subject}.")
        outcome = "info" if answer is None else answer.kind
        if outcome == "fail" or (outcome == "info" and kind in MODELS[subject].reads):
            continue
        arg = (call.value or {}).get("arg")
        yield call.key or "", operations.op(kind, (call, answer), arg)


def _foreign(subject: str, ops: list[Op]) -> bool:
    """Whether somebody else wrote to it as well, or time itself does."""
    if subject == "assistant":
        updates = sum(op.kind == "update" for op in ops)
        return any((op.result or 0) > 1 + updates for op in ops)
    put = {op.arg for op in ops if op.kind == "put"}
    read = {op.result for op in ops if op.kind == "get"}
    return None in put or not read <= put | {ABSENT}


def _concurrent(ops: list[Op]) -> bool:
    """Whether any two operations were under way together."""
    ends = [op.ret for op in sorted(ops, key=lambda op: op.call)]
    calls = sorted(op.call for op in ops)
    return any(ret is None or ret >= call for ret, call in zip(ends, calls[1:], strict=False))


def _find(subject: str, key: str, op: Op, state: object, notes: Notebook) -> None:
    value = op.result if op.kind in MODELS[subject].reads or op.result is not None else op.arg
    notes.find(
        key,
        f"{subject} {key}: no order of its operations explains {op.kind} {value!r}",
        expected=f"what follows from the state {state!r}",
        actual=f"{op.kind} {value!r}",
        records=op.records,
    )
