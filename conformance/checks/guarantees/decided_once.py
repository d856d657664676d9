"""How a run ends is decided once, whether its completion, a cancel or a deletion comes first.

Definition. For each run that was cancelled or deleted there is an order of what clients were shown
of it that one decision explains (see `models.Ending`): a cancel that waited and was acknowledged,
or was refused with 409, found or left the run over, so nothing that was asked for later shows it
pending or running; what shows how it ended all shows the same; after the delete nothing shows it.
Cost: O(n log n) for each run, by the search with two operations of the server's own.
Assumes: a read begins at its invoke, at `call_t`, or after the mark `quiesced`; one of which
nobody knows when it was asked, with the run.
Lawful: a cancel that was accepted and lost the race: the run completed before it took effect; a
cancel of unknown outcome, or acknowledged without waiting: the run may go on for any time.
Blind to: runs whose status alone contradicts itself, which are the findings of the monotonic
status; cancels in bulk; refusals other than 409.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from onceproof.conformance.checks.guarantees.monotonic_status import goes_back
from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.search import operations
from onceproof.conformance.checks.search.linearize import Op, linearize
from onceproof.conformance.checks.search.models import Ending
from onceproof.conformance.checks.search.operations import Pair
from onceproof.conformance.checks.search.ordered import Ordered
from onceproof.conformance.checks.views.reads import RANK, Read
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import TERMINAL

PLACE = 21
NEEDS = "cancel-met-completion"
NOTHING = "no run was cancelled or deleted whose status was read"
MODEL = Ending(frozenset(RANK) - TERMINAL)
CANCELLED = "interrupted"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each run that somebody cancelled or deleted."""
    notes, view = Notebook("decided_once"), View.of(history)
    ordered, left_out, meddled = Ordered(), 0, _pairs_by_run(view)
    for nonce, pairs in meddled.items():
        reads = _reads(view, nonce)
        if not reads:
            continue
        if goes_back(reads, view.windows):
            left_out += 1
            continue
        found = linearize(_ops(pairs, reads), MODEL)
        if op := ordered.find_offender(nonce, found):
            _find(nonce, op, found.state, notes)
    raced = _races(view, meddled)
    return ordered.result(notes, NOTHING, left_out=left_out, raced=raced)


def races(view: View) -> int:
    """Runs that were alive after their cancel had been asked for, and completed all the same."""
    return _races(view, _pairs_by_run(view))


def _races(view: View, meddled: Mapping[str, list[Pair]]) -> int:
    alive: dict[str, int] = {}
    for each in view.executions.values():
        alive[each.nonce] = max(each.stop, alive.get(each.nonce, each.stop))
    return sum(
        _is_race(pairs, _reads(view, nonce), alive.get(nonce)) for nonce, pairs in meddled.items()
    )


def _is_race(pairs: Sequence[Pair], reads: Sequence[Read], alive: int | None) -> bool:
    cancels = [call.t for call, _ in pairs if call.op == "run.cancel"]
    ends = {read.status for read in reads} & TERMINAL
    lived = [read.call for read in reads if read.status not in TERMINAL and read.call is not None]
    last = max([*lived, *([] if alive is None else [alive])], default=None)
    return (
        bool(cancels and ends)
        and CANCELLED not in ends
        and last is not None
        and last >= min(cancels)
    )


def _pairs_by_run(view: View) -> Mapping[str, list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    about = (each for each in view.parts.operations if each.op in ("run.cancel", "run.delete"))
    for call, answer in operations.pair_up(about):
        found[call.key or ""].append((call, answer))
    return found


def _reads(view: View, nonce: str) -> list[Read]:
    return [read for read in view.reads.get(nonce, ()) if read.status in RANK]


def _ops(pairs: Sequence[Pair], reads: Sequence[Read]) -> list[Op]:
    """Return what clients learned of one run, and the ends that it may have come to."""
    seen = [*_answers(pairs)]
    first = min([*(call.t for call, _ in pairs), *(read.call or read.ret for read in reads)])
    for read in reads:
        call = first if read.call is None else read.call
        seen.append(Op("read", None, read.status, call, read.ret, (read.i,)))
    ends = {CANCELLED} | {read.status for read in reads} & TERMINAL
    return [*(Op("end", status, None, first, None) for status in sorted(ends)), *seen]


def _answers(pairs: Sequence[Pair]) -> Iterator[Op]:
    for pair in pairs:
        call, answer = pair
        done = answer is not None and answer.kind == "ok"
        if call.op == "run.delete":
            if done or answer is None or answer.kind == "info":
                yield operations.op("delete", pair)
        elif operations.is_refusal(pair, 409) or (done and operations.request_field(pair, "wait")):
            yield operations.op("over", pair)


def _find(nonce: str, op: Op, state: object, notes: Notebook) -> None:
    read = f"its status {op.result!r}" if op.kind == "read" else f"the answer to its {op.kind}"
    notes.find(
        nonce,
        f"run {nonce}: no single end explains {read}",
        expected=f"what follows once the run is {state!r}",
        actual=str(op.result or op.kind),
        records=op.records,
    )
