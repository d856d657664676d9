"""A handler's filter as a rule: a jsonpath that the metadata of a row has to fulfil.

A rule is one parameter of constant SQL (see `permits` in sql/schema/functions.sql), and Postgres
finds the rows that fulfil it through the same index as those that contain given metadata. It is
strict, as a lax path would take the owner `["alice"]` for the owner `"alice"`; what is missing
fulfils nothing.

A filter maps metadata keys to what they have to be:

    {"owner": "alice"}  or  {"owner": {"$eq": "alice"}}    equal
    {"members": {"$contains": "alice"}}                    a list that has this element
    {"members": {"$contains": ["alice", "bob"]}}           a list that has all of them
    {"$or": [filter, filter, ...]}, {"$and": [...]}        two or more, nested up to two deep
"""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from onceproof.reference_impl import encoding

_GROUPS = {"$or": " || ", "$and": " && "}
MAX_DEPTH = 2


class FilterError(Exception):
    """A handler returned something that is not a filter; the sentence says why."""


def rule_of(wanted: Mapping[str, Any]) -> str | None:
    """Build the rule; None for an empty filter, which lets everything through."""
    return f"strict {_all(wanted, MAX_DEPTH)}" if wanted else None


def _all(wanted: Any, depth: int) -> str:
    """All entries of a filter hold; `depth` levels of groups may still come."""
    if not isinstance(wanted, Mapping) or not wanted:
        raise FilterError(f"a filter must be an object with at least one key, not {wanted!r}")
    parts = [
        _group(key, value, depth) if key in _GROUPS else _field(key, value)
        for key, value in wanted.items()
    ]
    return f"({' && '.join(parts)})"


def _group(operator: str, filters: Any, depth: int) -> str:
    if depth == 0:
        raise FilterError(f"{operator} is nested more than {MAX_DEPTH} deep")
    if not isinstance(filters, list | tuple) or len(filters) < 2:
        raise FilterError(f"{operator} takes a list of at least two filters, not {filters!r}")
    return f"({_GROUPS[operator].join(_all(each, depth - 1) for each in filters)})"


def _field(key: Any, wanted: Any) -> str:
    if not isinstance(key, str) or key.startswith("$"):
        raise FilterError(f"{key!r} is neither a metadata key nor one of $or and $and")
    path = f"$.{_literal(key)}"
    if not isinstance(wanted, Mapping):
        return f"{path} == {_literal(wanted)}"
    parts = [_compare(path, operator, value) for operator, value in wanted.items()]
    if not parts:
        raise FilterError(f"{key!r} must be compared with something, not {{}}")
    return " && ".join(parts)


def _compare(path: str, operator: str, value: Any) -> str:
    if operator == "$eq":
        return f"{path} == {_literal(value)}"
    if operator != "$contains":
        raise FilterError(f"{operator!r} is not one of $eq and $contains")
    elements = list(value) if isinstance(value, list | tuple) else [value]
    if not elements:
        raise FilterError("$contains needs at least one element")
    return " && ".join(f"exists({path}[*] ? (@ == {_literal(each)}))" for each in elements)


def _literal(value: Any) -> str:
    """A scalar as jsonpath writes it, which is as JSON does.

    Handlers return what their database gives them: ids, dates and enums are compared as the text
    or number that they are as metadata.
    """
    if isinstance(value, UUID | date | Enum):
        value = encoding.jsonable(value)
    if not (value is None or isinstance(value, str | int | float)):
        raise FilterError(f"a filter compares with text, numbers, booleans or null, not {value!r}")
    return encoding.dumps(value).decode()
