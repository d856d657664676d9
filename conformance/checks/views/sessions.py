"""The part of the assumptions that concerns clients: one operation under way, each nonce once.

The requests of one batch are under way together. A subscription is not part of its
client's session: it may stay open beside requests. A read may be recorded by its answer alone; a
write may not, because its request is what explains the effects.
"""

from itertools import chain

from onceproof.conformance.checks.result import Notebook
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

WRITES = frozenset({"run.create", "run.cancel", "run.delete", "sub.open"})


def lane(record: Record) -> str:
    """Return the name of the sequence that a record belongs to: a client's or a subscription's."""
    return f"{record.who} {record.key}" if record.op.startswith("sub.") else record.who


def judge(view: View, notes: Notebook) -> int:
    """Find what a sequential client cannot do; returns how many operations began."""
    # Only lanes that have something under way: kept small, it stays in the processor's cache.
    under_way: dict[str, dict[str | None, Record]] = {}
    nonces: dict[str | None, Record] = {}
    count = 0
    openings = (each for each in view.parts.streams if each.op == "sub.open")
    for record in chain(view.parts.operations, openings):
        here = lane(record)
        mine = under_way.get(here, {})
        if record.kind != "invoke":
            call = mine.pop(record.key, None)
            if call is None or call.op != record.op or record.t < call.t:
                _judge_answer(record, call, mine, notes)
            if not mine:
                under_way.pop(here, None)
            continue
        count += 1
        under_way[here] = mine
        others = mine and [each for each in mine.values() if not (_batch(each) and _batch(record))]
        if others:
            sentence = f"{record.who} began {record.op} while its {others[0].op} was under way"
            notes.accuse(record, sentence, expected="one", actual="two", before=others[0])
        mine[record.key] = record
        if record.op == "run.create" and nonces.setdefault(record.key, record) is not record:
            first, sentence = nonces[record.key], f"nonce {record.key} was submitted twice"
            notes.accuse(record, sentence, expected="one create", actual="two", before=first)
    return count


def _judge_answer(
    record: Record, call: Record | None, mine: dict[str | None, Record], notes: Notebook
) -> None:
    """Judge an answer that does not follow a request of its own."""
    if call is not None and call.op == record.op:
        notes.accuse(
            record,
            f"{record.op} was answered before it was asked",
            expected=f"{call.t} ns or later",
            actual=f"{record.t} ns",
            before=call,
        )
    elif call is not None or mine or record.op in WRITES:
        sentence = f"{record.who} got an answer to a {record.op} that was not under way"
        asked = call or next(iter(mine.values()), None)
        actual = asked.op if asked else "none"
        notes.accuse(record, sentence, expected=record.op, actual=actual, before=asked)


def _batch(record: Record) -> bool:
    return (record.value or {}).get("via") == "batch"
