"""Small tools to spoil a history: find records, change their values, put others in between."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from onceproof.conformance.history import Record


def renumbered(records: Iterable[Record]) -> list[Record]:
    """In the order of their time, equal times in the order given, numbered from 0."""
    ordered = sorted(records, key=lambda each: each.t)
    return [msgspec.structs.replace(each, i=i) for i, each in enumerate(ordered)]


def changed(record: Record, **value: Any) -> Record:
    """The record with some fields of its value replaced."""
    return msgspec.structs.replace(record, value={**record.value, **value})


def at(record: Record, t: int) -> Record:
    """The record at another time."""
    return msgspec.structs.replace(record, t=t)


def edit(
    records: list[Record], change: Callable[[Record], Record | None], *victims: Record
) -> list[Record]:
    """Put each victim through `change`, drop those for which it is None."""
    indices = {victim.i for victim in victims}
    edited = [change(each) if each.i in indices else each for each in records]
    return renumbered(each for each in edited if each is not None)


def without(records: list[Record], *victims: Record) -> list[Record]:
    return edit(records, lambda _: None, *victims)


def select(records: list[Record], op: str, key: str | None = None, **value: Any) -> list[Record]:
    """Records of one operation; `key` and fields of the value narrow it."""
    return [
        each
        for each in records
        if each.op == op
        and key in (None, each.key)
        and all((each.value or {}).get(name) == wanted for name, wanted in value.items())
    ]


def logs(records: list[Record], nonce: str) -> list[Record]:
    """Reads whose log has entries of a run."""
    found = [
        each for each in records if each.kind in ("ok", "snap") and (each.value or {}).get("log")
    ]
    return [each for each in found if any(e["nonce"] == nonce for e in each.value["log"])]


def sequenced(records: list[Record], key: str) -> list[Record]:
    """The events of a subscription that carry a sequence number."""
    return [each for each in select(records, "sub.event", key) if each.value.get("seq") is not None]


def new_token(records: list[Record]) -> int:
    return 1 + max(each.value["token"] for each in records if each.kind == "effect")
