"""The OpenAPI document, made from the routes that are served and nothing else.

An endpoint is described where it is written, by `@operation`; one without a description still
appears with its path, its verbs and its path parameters. FastAPI would write the document too, but
it would also read the bodies and phrase the errors, and those have to match the documented API:
one-sentence details, NUL characters, nesting limits (see http.py).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import GenericAlias
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, create_model
from starlette.routing import BaseRoute, Route

from onceproof.reference_impl.encoding import JsonObject

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Schema = JsonObject
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
    """Return the schema of a query parameter that takes one of a `Literal`'s values."""
    return {"enum": list(get_args(literal))}


def list_of(schema: Schema) -> Schema:
    """Return the schema of a query parameter that may be repeated."""
    return {"type": "array", "items": schema}


@cache
def selection(model: type[BaseModel]) -> type[BaseModel]:
    """Return the model for answers whose fields the client selects: any of them may be absent."""
    fields: JsonObject = {
        name: (about.annotation, None) for name, about in model.model_fields.items()
    }
    return create_model(f"Selected{model.__name__}", **fields)


def selections(model: type[BaseModel]) -> Any:
    """Return the type of a list of answers whose fields the client selects."""
    return GenericAlias(list, (selection(model),))


def document(routes: Iterable[BaseRoute], version: str) -> JsonObject:
    """Return the OpenAPI 3.1 document of the routes."""
    served = [
        (_plain(route.path), method.lower(), route.endpoint)
        for route in routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]
    schemas, definitions = _schemas(describe(endpoint) for _, _, endpoint in served)
    paths: dict[str, JsonObject] = {}
    for path, method, endpoint in served:
        paths.setdefault(path, {})[method] = _operation(path, method, endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Agent Server", "version": version},
        "paths": paths,
        "components": {"schemas": definitions},
    }


def describe(endpoint: Any) -> Operation:
    """Return the endpoint's description; an empty one where it has none."""
    return getattr(endpoint, _MARK, None) or Operation()


def _plain(path: str) -> str:
    """A Starlette path without converters: `{rest:path}` is `{rest}`."""
    return re.sub(r":\w+}", "}", path)


def _schemas(operations: Iterable[Operation]) -> tuple[Schemas, Schema]:
    """Return the schema of each type in use, and the definitions that those refer to."""
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


def _operation(path: str, method: str, endpoint: Any, schemas: Schemas) -> JsonObject:
    about = describe(endpoint)
    names = re.findall(r"{(\w+)}", path)
    parameters = [_parameter(name, "path", _schema_of(name)) for name in names]
    parameters += [_parameter(name, "query", kind) for name, kind in about.query.items()]
    parameters += [_parameter(name, "header", kind) for name, kind in about.headers.items()]
    described_as: JsonObject = {
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


def _schema_of(name: str) -> Schema:
    return UUID_TEXT if name in _UUIDS else STRING


def _parameter(name: str, place: str, schema: Schema) -> JsonObject:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _responses(about: Operation, schemas: Schemas) -> JsonObject:
    good: JsonObject = {"description": "Done"}
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


def _other(status: int) -> JsonObject:
    content: JsonObject = {} if status == 204 else {"content": {"application/json": {}}}
    return {"description": "Done, in another way", **content}


def _content(mode: Mode, kind: Any, schemas: Schemas) -> JsonObject:
    schema = next(
        schema for known_mode, known, schema in schemas if (known_mode, known) == (mode, kind)
    )
    return {"application/json": {"schema": schema}}
