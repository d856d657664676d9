"""Filters of a store search as SQL over the item's value.

A plain value means equality, an object means its members one by one, and an object of `$`
operators means comparisons. Numbers compare with numbers and texts with texts; an ordering
between two kinds is false rather than an error, since items of one namespace need not be alike.
"""

from dataclasses import dataclass, field
from typing import Any

#: Postgres takes 32,767 values in a statement, but plans one with thousands only slowly.
MAX_PARAMETERS = 1000

_EQUALITY = {"$eq": "=", "$ne": "<>"}
_ORDER = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


@dataclass
class Parameters:
    """The values of a statement, numbered as they are added."""

    values: list[Any] = field(default_factory=list)

    def add(self, value: Any) -> str:
        """The placeholder of a value; ValueError if there are absurdly many."""
        if len(self.values) >= MAX_PARAMETERS:
            raise ValueError(f"more than {MAX_PARAMETERS} conditions in one search")
        self.values.append(value)
        return f"${len(self.values)}"


def condition(path: tuple[str, ...], wanted: Any, parameters: Parameters) -> str:
    """SQL that holds when the value at `path` is as wanted; ValueError for an unknown operator."""
    if isinstance(wanted, dict) and wanted:
        if any(key.startswith("$") for key in wanted):
            parts = [_compare(path, name, value, parameters) for name, value in wanted.items()]
        else:
            parts = [condition((*path, key), value, parameters) for key, value in wanted.items()]
        return f"({' and '.join(parts)})"
    return _compare(path, "$eq", wanted, parameters)


def _compare(path: tuple[str, ...], operator: str, wanted: Any, parameters: Parameters) -> str:
    found = f"(value #> {parameters.add(list(path))}::text[])"
    value = f"coalesce({parameters.add(wanted)}::jsonb, 'null')"
    if operator in _EQUALITY:
        # A missing member equals null, as it does for langgraph's own store.
        return f"coalesce({found}, 'null') {_EQUALITY[operator]} {value}"
    if operator in _ORDER:
        alike = f"jsonb_typeof({found}) = jsonb_typeof({value})"
        return f"({alike} and {found} {_ORDER[operator]} {value})"
    raise ValueError(f"filter: {operator!r} is not one of {', '.join((*_EQUALITY, *_ORDER))}")
