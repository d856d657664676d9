"""Whether an id is given to one thing, however many clients create it at once.

For each id that was asked for there is an order of its creations and deletions that
`models.Identity` allows: under `raise` a creation succeeds only where nothing is called so, and is
refused with 409 only where something is; under `do_nothing` it makes it or shows what is there,
the same (by `created_at`) to everybody until it is deleted; a deletion makes the id free again.
Cost: O(n log n) for each id where all of this holds; else exponential in the creations of unknown
outcome under way at once, and over the budget of steps an id is left open, never passed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.search import operations
from onceproof.conformance.checks.search.linearize import Op, linearize
from onceproof.conformance.checks.search.models import Identity
from onceproof.conformance.checks.search.operations import Pair, request_field
from onceproof.conformance.checks.search.ordered import Ordered
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

CREATES = frozenset({"thread.create", "assistant.create"})
OPERATIONS = CREATES | {"thread.delete", "assistant.delete"}


def judge_ids(history: Sequence[Record], check: str, subject: str, nothing: str) -> CheckResult:
    """Judge each id of a `thread` or an `assistant` by itself, for the check of that name.

    `nothing` is the reason where nobody created any by an id.
    """
    notes, view = Notebook(check), View.of(history)
    ordered, expiring = Ordered(), 0
    ids = {key: pairs for key, pairs in _by_id(view).items() if key.startswith(f"{subject} ")}
    for key, pairs in ids.items():
        if any(request_field(pair, "expires") for pair in pairs):
            expiring += 1
            continue
        found = linearize(ops(pairs), Identity())
        if op := ordered.find_offender(key, found):
            _find(key, op, found.state, notes)
    raced = sum(map(_together, ids.values()))
    return ordered.result(notes, nothing, expiring=expiring, raced=raced)


def races(view: View) -> int:
    """Count the ids that several clients were creating at once."""
    return sum(map(_together, _by_id(view).values()))


def ops(pairs: Sequence[Pair]) -> list[Op]:
    """Return the operations on one id, with a creation for each thing that reads alone show."""
    known = [each for each in map(_op, pairs) if each is not None]
    made = {each.result for each in known if each.kind == "make"}
    shown: dict[str, list[Op]] = defaultdict(list)
    for each in known:
        if each.kind == "see" and each.result not in made:
            shown[each.result].append(each)
    return [*(_appearance(each) for each in shown.values()), *known]


def _op(pair: Pair) -> Op | None:
    call, answer = pair
    outcome = "info" if answer is None else answer.kind
    if call.op not in CREATES:
        return None if outcome == "fail" else operations.op("delete", pair)
    if outcome == "fail":
        return operations.op("taken", pair) if operations.is_refusal(pair, 409) else None
    rule, op = request_field(pair, "arg"), operations.op("ensure", pair)
    if outcome == "info" or (rule == "do_nothing" and op.result is None):
        return op
    return operations.op("see" if rule == "do_nothing" else "make", pair)


def _appearance(shown: Sequence[Op]) -> Op:
    """The creation behind what several were shown: by one of them, before any was answered."""
    first = min(shown, key=lambda op: op.call)
    ret = min(op.ret for op in shown if op.ret is not None)
    return Op("appear", None, first.result, first.call, ret, first.records)


def _by_id(view: View) -> Mapping[str, list[Pair]]:
    """What was done to each id that somebody created."""
    found: dict[str, list[Pair]] = defaultdict(list)
    about = (each for each in view.parts.operations if each.op in OPERATIONS)
    for call, answer in operations.pair_up(about):
        found[f"{call.op.partition('.')[0]} {call.key}"].append((call, answer))
    return {key: each for key, each in found.items() if any(p[0].op in CREATES for p in each)}


def _together(pairs: Sequence[Pair]) -> bool:
    creates = sorted((pair for pair in pairs if pair[0].op in CREATES), key=lambda pair: pair[0].t)
    return any(
        answer is None or answer.t >= after.t for (_, answer), (after, _) in pairwise(creates)
    )


def _find(key: str, op: Op, state: object, notes: Notebook) -> None:
    sentence = {
        "make": "was created although it was taken",
        "taken": "was refused as taken although it was free",
    }.get(op.kind, "showed what did not stand there")
    notes.find(
        key,
        f"{key}: no order of its creations explains one that {sentence}",
        expected=f"what follows from the state {state!r}",
        actual=f"{op.kind} {op.result or ''}".strip(),
        records=op.records,
    )
