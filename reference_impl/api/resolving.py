"""From what a client calls an assistant to the assistant, as far as the caller may know it."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from onceproof.reference_impl.auth.guard import authorise
from onceproof.reference_impl.resources import assistants
from onceproof.reference_impl.resources.graphs import default_assistant_id
from onceproof.reference_impl.services import Services


async def readable(request: Request, name: str) -> Mapping[str, Any]:
    """Return the row of an assistant that the caller may read; raises Refusal or ApiError."""
    services: Services = request.app.state.services
    value = {"assistant_id": assistants.identify(services.graphs, name), "metadata": {}}
    rule = await authorise(request, "assistants", "read", value)
    return await assistants.resolve(services.pool, services.graphs, name, rule)


async def runnable(request: Request, name: str) -> Mapping[str, Any]:
    """Return the row of an assistant that the caller may run.

    The default assistant of a graph belongs to nobody, and anybody may run it.
    """
    services: Services = request.app.state.services
    if assistants.identify(services.graphs, name) in map(default_assistant_id, services.graphs.ids):
        return await assistants.resolve(services.pool, services.graphs, name)
    return await readable(request, name)
