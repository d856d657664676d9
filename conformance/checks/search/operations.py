"""Requests and their answers in pairs, as an operation on an object has them.

An operation whose end was never recorded has no answer; it is as open as one whose answer was
`info`.
"""

from collections.abc import Iterable, Iterator

from onceproof.conformance.checks.search.linearize import Op
from onceproof.conformance.history.record import Record

Pair = tuple[Record, Record | None]


def pair_up(operations: Iterable[Record]) -> Iterator[Pair]:
    """Yield each recorded request with its answer, in the order of the answers, open ones last."""
    under_way: dict[tuple[str, str | None, str], Record] = {}
    for record in operations:
        place = (record.who, record.key, record.op)
        if record.kind == "invoke":
            under_way[place] = record
            continue
        call = under_way.pop(place, None)
        if call is not None:
            yield call, record
    for call in under_way.values():
        yield call, None


def request_field(pair: Pair, name: str) -> object:
    """Return a field of the request, None where it was left out."""
    return (pair[0].value or {}).get(name)


def op(kind: str, pair: Pair, arg: object = None) -> Op:
    """Make an operation of the pair; one without a definite answer may happen at any time."""
    call, answer = pair
    known = answer is not None and answer.kind != "info"
    result = (answer.value or {}).get("result") if answer and known else None
    records = (call.i,) if answer is None else (call.i, answer.i)
    return Op(kind, arg, result, call.t, answer.t if answer and known else None, records)


def is_refusal(pair: Pair, status: int) -> bool:
    """Return whether the answer was a refusal with this status."""
    answer = pair[1]
    return (
        answer is not None and answer.kind == "fail" and (answer.http or {}).get("status") == status
    )
