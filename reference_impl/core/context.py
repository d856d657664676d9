"""What a graph sees as `runtime.context`, and what of it is kept out of checkpoints.

Clients of two generations say the same thing in two places: `context`, and before it
`config.configurable`. A graph that has a context schema gets both as one, and its schema's defaults
where neither says anything. `context` is meant for the run alone, so none of it may stand in the
metadata of a checkpoint, to which LangGraph copies all that is plain in `configurable`.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

#: Keys of `configurable` that this server, or LangGraph, puts there.
_RESERVED = frozenset(
    [
        "thread_id",
        "run_id",
        "graph_id",
        "assistant_id",
        "cron_id",
        "checkpoint_id",
        "checkpoint_ns",
        "checkpoint_map",
    ]
)
#: Who asked, and how the request is called, are no part of a thread's state.
_OF_THE_CALLER = ("langgraph_auth_", "langgraph_request_id")


def run_context(
    schema: type | None, context: Mapping[str, Any] | None, configurable: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the context of a run, or None for a graph whose schema demands what nobody sent.

    `schema` is the graph's context schema: without one a graph gets what the client sent, as is.
    """
    if schema is None:
        return dict(context) if context else None
    mirrored = {key: value for key, value in configurable.items() if is_clients(key)}
    names = _field_names(schema)
    if names is not None:
        mirrored = {key: value for key, value in mirrored.items() if key in names}
    found = {**mirrored, **(context or {})}
    return found if found or _has_defaults(schema) else None


def is_ephemeral(key: str, context: Mapping[str, Any] | None) -> bool:
    """Return whether a key of `configurable` must not be kept in a checkpoint."""
    return key in (context or {}) or key.startswith(_OF_THE_CALLER)


def is_clients(key: str) -> bool:
    """Return whether a key of `configurable` is neither this server's nor LangGraph's."""
    return key not in _RESERVED and not key.startswith(("__", "langgraph_"))


def _field_names(schema: type) -> set[str] | None:
    """The fields of a class that refuses all others; None for a schema that takes any key."""
    if is_dataclass(schema):
        return {field.name for field in fields(schema)}
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return set(schema.model_fields)
    return None


def _has_defaults(schema: type) -> bool:
    """Whether the schema's class can be made of nothing."""
    if _field_names(schema) is None:
        return True
    try:
        schema()
    except (TypeError, ValueError):  # pydantic's ValidationError is a ValueError
        return False
    return True
