"""From what a client calls an assistant to the assistant."""

from typing import Any
from uuid import UUID

import asyncpg

from reference_impl import assistants
from reference_impl.api.http import ApiError
from reference_impl.graphs import Graphs, default_assistant_id


async def resolve(pool: asyncpg.Pool, graphs: Graphs, name: str) -> dict[str, Any]:
    """The row of the assistant a run names: by UUID, or by graph id for the graph's default one.

    Raises ApiError 404 for an unknown UUID and 422 for a name that is no graph's.
    """
    try:
        assistant_id = UUID(name)
    except ValueError:
        if name not in graphs:
            raise ApiError(
                422, f"assistant_id: {name!r} is neither a UUID nor one of the graphs {graphs.ids}"
            ) from None
        assistant_id = default_assistant_id(name)
    return dict(known(await assistants.find(pool, graphs, assistant_id), assistant_id))


def known(row: Any, assistant_id: UUID) -> Any:
    """The row; ApiError 404 if it is None."""
    if row is None:
        raise ApiError(404, f"there is no assistant {assistant_id}")
    return row
