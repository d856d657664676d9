"""Small tools to spoil a history: find records, change their values, put others in between."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from onceproof.conformance.history import Record


def renumber(records: Iterable[Record]) -> list[Record]:
    """Sort records by time, keep the order of equal times, and number them from 0."""
    ordered = sorted(records, key=lambda each: each.t)
    return [msgspec.structs.replace(each, i=i) for i, each in enumerate(ordered)]


def replace_value(record: Record, **value: Any) -> Record:
    """Replace some fields of a record's value."""
    return msgspec.structs.replace(record, value={**record.value, **value})


def move_to(record: Record, t: int) -> Record:
    """Move a record to another time."""
    return msgspec.structs.replace(record, t=t)


def edit(
    records: list[Record], change: Callable[[Record], Record | None], *victims: Record
) -> list[Record]:
    """Put each victim through `change`, drop those for which it is None."""
    indices = {victim.i for victim in victims}
    edited = [change(each) if each.i in indices else each for each in records]
    return renumber(each for each in edited if each is not None)


def drop(records: list[Record], *victims: Record) -> list[Record]:
    return edit(records, lambda _: None, *victims)


def select(records: list[Record], op: str, key: str | None = None, **value: Any) -> list[Record]:
    """Select the records of one operation, narrowed by `key` and fields of the value."""
    return [
        each
        for each in records
        if each.op == op
        and key in (None, each.key)
        and all((each.value or {}).get(name) == wanted for name, wanted in value.items())
    ]


def select_logs(records: list[Record], nonce: str) -> list[Record]:
    """Select the reads whose log has entries of a run."""
    found = [
        each for each in records if each.kind in ("ok", "snap") and (each.value or {}).get("log")
    ]
    return [each for each in found if any(e["nonce"] == nonce for e in each.value["log"])]


def select_numbered_events(records: list[Record], key: str) -> list[Record]:
    """Select the events of a subscription that carry a sequence number."""
    return [each for each in select(records, "sub.event", key) if each.value.get("seq") is not None]


def next_token(records: list[Record]) -> int:
    return 1 + max(each.value["token"] for each in records if each.kind == "effect")
