"""From what a client calls an assistant to the assistant, as far as the caller may know it."""

from typing import Any
from uuid import UUID

import asyncpg
from starlette.requests import Request

from onceproof.reference_impl.api.http import ApiError
from onceproof.reference_impl.auth.guard import allowed
from onceproof.reference_impl.resources import assistants
from onceproof.reference_impl.resources.graphs import Graphs, default_assistant_id
from onceproof.reference_impl.services import Services


async def readable(request: Request, name: str) -> dict[str, Any]:
    """The row of an assistant that the caller may read; ApiError as `resolve`."""
    services: Services = request.app.state.services
    value = {"assistant_id": named(services.graphs, name), "metadata": {}}
    rule = await allowed(request, "assistants", "read", value)
    return await resolve(services.pool, services.graphs, name, rule)


async def runnable(request: Request, name: str) -> dict[str, Any]:
    """As `readable`; but the default assistant of a graph is nobody's own, and anybody's to run."""
    services: Services = request.app.state.services
    if named(services.graphs, name) in map(default_assistant_id, services.graphs.ids):
        return await resolve(services.pool, services.graphs, name)
    return await readable(request, name)


async def resolve(
    pool: asyncpg.Pool, graphs: Graphs, name: str, rule: str | None = None
) -> dict[str, Any]:
    """The row of the assistant that the name stands for, if it fulfils the rule.

    Raises ApiError 404 for an unknown UUID and 422 for a name that is no graph's.
    """
    assistant_id = named(graphs, name)
    return dict(known(await assistants.find(pool, graphs, assistant_id, rule), assistant_id))


def named(graphs: Graphs, name: str) -> UUID:
    """The id a name stands for: a UUID itself, or a graph's id for the graph's default assistant.

    Raises ApiError 422 for anything else.
    """
    try:
        return UUID(name)
    except ValueError:
        if name not in graphs:
            raise ApiError(
                422, f"assistant_id: {name!r} is neither a UUID nor one of the graphs {graphs.ids}"
            ) from None
    return default_assistant_id(name)


def known(row: Any, assistant_id: UUID) -> Any:
    """The row; ApiError 404 if it is None."""
    if row is None:
        raise ApiError(404, f"there is no assistant {assistant_id}")
    return row
