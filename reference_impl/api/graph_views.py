"""What an assistant's graph looks like: its drawing, its schemas, its subgraphs."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.pregel import Pregel
from pydantic import BaseModel, ConfigDict, create_model
from pydantic.errors import PydanticUserError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl.api.openapi import BOOLEAN, operation
from onceproof.reference_impl.api.resolving import readable
from onceproof.reference_impl.auth.guard import user_of
from onceproof.reference_impl.core.engine import GraphUse
from onceproof.reference_impl.core.user import describe_user
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import ApiError, Json, query_bool
from onceproof.reference_impl.services import Services

log = logging.getLogger(__name__)

_XRAY = {"oneOf": [{"type": "boolean"}, {"type": "integer", "minimum": 1}]}


class Drawing(BaseModel):
    nodes: list[JsonObject]
    edges: list[JsonObject]


class GraphSchemas(BaseModel):
    """JSON schemas; null where the graph's types have none."""

    graph_id: str
    input_schema: JsonObject | None
    output_schema: JsonObject | None
    state_schema: JsonObject | None
    config_schema: JsonObject | None
    context_schema: JsonObject | None


@operation("Draw an assistant's graph", answer=Drawing, query={"xray": _XRAY}, errors=(404, 422))
async def graph(request: Request) -> Response:
    levels = _xray(request)
    async with _graph(request) as (_, found):
        drawing = await found.aget_graph(xray=levels)
    return Json(drawing.to_json())


@operation("Schemas of an assistant's graph", answer=GraphSchemas, errors=(404, 422))
async def schemas(request: Request) -> Response:
    async with _graph(request) as (graph_id, found):
        return Json(_schemas(graph_id, found))


@operation(
    "Schemas of the subgraphs by namespace",
    answer=dict[str, GraphSchemas],
    query={"recurse": BOOLEAN},
    errors=(404, 422),
)
async def subgraphs(request: Request) -> Response:
    recurse = query_bool(request, "recurse")
    namespace = request.path_params.get("namespace")
    async with _graph(request) as (graph_id, found):
        inside = found.aget_subgraphs(namespace=namespace, recurse=recurse)
        return Json({name: _schemas(graph_id, part) async for name, part in inside})


@asynccontextmanager
async def _graph(request: Request) -> AsyncIterator[tuple[str, Pregel]]:
    """The graph of the assistant in the path, which may be named by its graph id."""
    services: Services = request.app.state.services
    row = await readable(request, request.path_params["assistant_id"])
    graph_id, config = row["graph_id"], dict(row["config"])
    known = {"graph_id": graph_id, "assistant_id": str(row["assistant_id"])}
    user = describe_user(user_of(request))
    config["configurable"] = {**config.get("configurable", {}), **row["context"], **user, **known}
    use = GraphUse("assistants.read", cast(RunnableConfig, config))
    async with services.graphs.open(graph_id, use, store=services.store) as found:
        yield graph_id, found


def _xray(request: Request) -> bool | int:
    text = request.query_params.get("xray", "false").lower()
    if text in ("true", "false"):
        return text == "true"
    if not text.isdecimal() or int(text[:6]) == 0:
        raise ApiError(422, f"xray must be true, false or an integer above 0, not {text!r}")
    return int(text[:6])


def _schemas(graph_id: str, found: Any) -> JsonObject:
    context = _schema(found.get_context_jsonschema)
    return {
        "graph_id": graph_id,
        "input_schema": _schema(found.get_input_jsonschema),
        "output_schema": _schema(found.get_output_jsonschema),
        "state_schema": _schema(lambda: _state(found)),
        # The context is the config's `configurable`, so one schema describes both.
        "config_schema": context,
        "context_schema": context,
    }


def _schema(make: Callable[[], JsonObject | None]) -> JsonObject | None:
    """The schema, or None where a type of the graph's author has no JSON form."""
    try:
        return make()
    except (PydanticUserError, NameError, TypeError, ValueError) as error:
        log.debug("no JSON schema: %s", error)
        return None


def _state(found: Any) -> JsonObject:
    fields: JsonObject = {
        name: (found.channels[name].ValueType, None) for name in found.stream_channels_list
    }
    anything = ConfigDict(arbitrary_types_allowed=True)
    return create_model("State", __config__=anything, **fields).model_json_schema()


routes = [
    Route("/assistants/{assistant_id}/graph", graph, methods=["GET"]),
    Route("/assistants/{assistant_id}/schemas", schemas, methods=["GET"]),
    Route("/assistants/{assistant_id}/subgraphs", subgraphs, methods=["GET"]),
    Route("/assistants/{assistant_id}/subgraphs/{namespace:path}", subgraphs, methods=["GET"]),
]
