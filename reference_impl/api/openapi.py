"""The OpenAPI document, made from the routes that are served and nothing else.

An endpoint is described where it is written, by `@operation`; one without a description still
appears with its path, its verbs and its path parameters.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import GenericAlias
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, create_model
from starlette.routing import BaseRoute, Route

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
Schemas = list[tuple[Mode, Any, Schema]]

#: JSON schemas of query parameters.
BOOLEAN: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
STRING: Schema = {"type": "string"}
UUID_TEXT: Schema = {"type": "string", "format": "uuid"}

#: Path parameters that are a UUID everywhere. An assistant may also be named by its graph.
_UUIDS = frozenset({"thread_id", "run_id", "checkpoint_id", "cron_id"})

_MARK = "__operation__"
_MEANINGS = {
    400: "The request contradicts itself",
    404: "There is no such resource",
    409: "The resource's state does not allow it",
    413: "The body is too large",
    422: "The request does not fit its schema",
    500: "The server failed",
    503: "Postgres or Redis is away",
}


class Error(BaseModel):
    """Every refusal: one sentence that says what is wrong."""

    detail: str


@dataclass(frozen=True)
class Operation:
    """What one endpoint takes and gives."""

    summary: str = ""
    body: Any = None
    answer: Any = None
    status: int = 200
    others: tuple[int, ...] = ()  # statuses of success that it has as well
    media_types: tuple[str, ...] = ("application/json",)  # of an answer without a type
    errors: tuple[int, ...] = ()
    query: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, Schema] = field(default_factory=dict)


def operation(summary: str, **described: Any) -> Callable[[Endpoint], Endpoint]:
    """Describe an endpoint; the keywords are the fields of `Operation`."""
    description = Operation(summary, **described)

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, description)
        return endpoint

    return mark


def one_of(literal: Any) -> Schema:
    """The schema of a query parameter that takes one of a `Literal`'s values."""
    return {"enum": list(get_args(literal))}


def listed(schema: Schema) -> Schema:
    """The schema of a query parameter that may be given several times."""
    return {"type": "array", "items": schema}


@cache
def selection(model: type[BaseModel]) -> type[BaseModel]:
    """The model as an answer of which the client selects fields: any of them may be absent."""
    fields: dict[str, Any] = {
        name: (about.annotation, None) for name, about in model.model_fields.items()
    }
    return create_model(f"Selected{model.__name__}", **fields)


def selections(model: type[BaseModel]) -> Any:
    """A list of such answers."""
    return GenericAlias(list, (selection(model),))


def document(routes: Iterable[BaseRoute], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the given routes."""
    served = [
        (_plain(route.path), method.lower(), route.endpoint)
        for route in routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]
    schemas, definitions = _schemas(described(endpoint) for _, _, endpoint in served)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, endpoint in served:
        paths.setdefault(path, {})[method] = _operation(path, method, endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Agent Server", "version": version},
        "paths": paths,
        "components": {"schemas": definitions},
    }


def described(endpoint: Any) -> Operation:
    """The endpoint's description; an empty one where it has none."""
    return getattr(endpoint, _MARK, None) or Operation()


def _plain(path: str) -> str:
    """A Starlette path without converters: `{rest:path}` is `{rest}`."""
    return re.sub(r":\w+}", "}", path)


def _schemas(operations: Iterable[Operation]) -> tuple[Schemas, Schema]:
    """The schema of each type named, and the definitions these refer to."""
    kinds: list[tuple[Mode, Any]] = [("serialization", Error)]
    for item in operations:
        kinds += [("validation", item.body), ("serialization", item.answer)]
    adapters = [
        (place, mode, TypeAdapter(kind))
        for place, (mode, kind) in enumerate(kinds)
        if kind is not None
    ]
    made, rest = TypeAdapter.json_schemas(adapters, ref_template="#/components/schemas/{model}")
    schemas = [(mode, kinds[place][1], schema) for (place, mode), schema in made.items()]
    return schemas, rest.get("$defs", {})


def _operation(path: str, method: str, endpoint: Any, schemas: Schemas) -> dict[str, Any]:
    about = described(endpoint)
    names = re.findall(r"{(\w+)}", path)
    parameters = [_parameter(name, "path", _named(name)) for name in names]
    parameters += [_parameter(name, "query", kind) for name, kind in about.query.items()]
    parameters += [_parameter(name, "header", kind) for name, kind in about.headers.items()]
    described_as: dict[str, Any] = {
        "operationId": "_".join([method, *re.findall(r"\w+", path)]),
        "tags": [endpoint.__module__.rpartition(".")[2]],
        "responses": _responses(about, schemas),
    }
    if about.summary:
        described_as["summary"] = about.summary
    if parameters:
        described_as["parameters"] = parameters
    if about.body is not None:
        described_as["requestBody"] = {"content": _content("validation", about.body, schemas)}
    return described_as


def _named(name: str) -> Schema:
    return UUID_TEXT if name in _UUIDS else STRING


def _parameter(name: str, place: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _responses(about: Operation, schemas: Schemas) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done"}
    if about.answer is not None:
        good["content"] = _content("serialization", about.answer, schemas)
    elif about.status == 200:
        good["content"] = {media_type: {} for media_type in about.media_types}
    answers = {str(status): _other(status) for status in about.others}
    answers[str(about.status)] = good
    refusal = _content("serialization", Error, schemas)
    for status in about.errors:
        answers[str(status)] = {"description": _MEANINGS[status], "content": refusal}
    return answers


def _other(status: int) -> dict[str, Any]:
    content: dict[str, Any] = {} if status == 204 else {"content": {"application/json": {}}}
    return {"description": "Done, in another way", **content}


def _content(mode: Mode, kind: Any, schemas: Schemas) -> dict[str, Any]:
    schema = next(
        schema for known_mode, known, schema in schemas if (known_mode, known) == (mode, kind)
    )
    return {"application/json": {"schema": schema}}
