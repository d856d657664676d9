"""Searches of the store: by namespace, by a filter over the item's value, by nearness to a vector.

In a filter a plain value means equality, an object means its members one by one, and an object of
`$` operators means comparisons. Numbers compare with numbers and texts with texts; an ordering
between two kinds is false rather than an error, since items of one namespace need not be alike.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from langgraph.store.base import ListNamespacesOp, MatchCondition, SearchOp

from onceproof.reference_impl.sql import store
from onceproof.reference_impl.sql.search import Parameters, Statement

_EQUALITY = {"$eq": "=", "$ne": "<>"}
_ORDER = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


def search_items(op: SearchOp, vector: Sequence[float] | None) -> Statement:
    """Return the statement for the newest items, or those with vectors and the nearest first.

    Raises ValueError for an unknown operator in the filter.
    """
    parameters = Parameters()
    where = [store.IS_ALIVE, _is_below(op.namespace_prefix, parameters)]
    where += [_matches((key,), value, parameters) for key, value in (op.filter or {}).items()]
    options = {"where": " and ".join(where)}
    if vector is not None:
        options["vector"] = parameters.add(vector)
    statement = store.SEARCH if vector is None else store.SEARCH_NEAREST
    options |= {"limit": parameters.add(op.limit), "offset": parameters.add(op.offset)}
    return statement.format(**options), parameters.values


def list_namespaces(op: ListNamespacesOp, max_depth: int) -> Statement:
    """Return the statement for the namespaces, cut off at `max_depth` if the client names none."""
    parameters = Parameters()
    where = ["true"]
    for condition in op.match_conditions or ():
        where += _match_labels(condition, parameters)
    statement = store.NAMESPACES.format(
        where=" and ".join(where),
        depth=parameters.add(op.max_depth or max_depth),
        limit=parameters.add(op.limit),
        offset=parameters.add(op.offset),
    )
    return statement, parameters.values


def _is_below(namespace: tuple[str, ...], parameters: Parameters) -> str:
    """The namespace itself and all below it: '/' is the character after the dot."""
    if not namespace:
        return "true"
    prefix = ".".join(namespace)
    own = parameters.add(prefix)
    first, after = parameters.add(prefix + "."), parameters.add(prefix + "/")
    return f"(prefix = {own} or prefix >= {first} and prefix < {after})"


def _match_labels(condition: MatchCondition, parameters: Parameters) -> Iterable[str]:
    """One condition for the length, and one for each label of the path that is not a wildcard."""
    length = len(condition.path)
    yield f"cardinality(labels) >= {length}"
    for place, label in enumerate(condition.path, start=1):
        if label != "*":
            from_start = condition.match_type == "prefix"
            index = place if from_start else f"cardinality(labels) - {length - place}"
            yield f"labels[{index}] = {parameters.add(label)}"


def _matches(path: tuple[str, ...], wanted: Any, parameters: Parameters) -> str:
    """The value at `path` is as wanted."""
    if isinstance(wanted, dict) and wanted:
        if any(key.startswith("$") for key in wanted):
            parts = [_compare(path, name, value, parameters) for name, value in wanted.items()]
        else:
            parts = [_matches((*path, key), value, parameters) for key, value in wanted.items()]
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
