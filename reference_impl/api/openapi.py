"""The OpenAPI document, made from the routes that are served and nothing else.

An endpoint is described where it is written, by `@operation`; one without a description still
appears with its path, its verbs and its path parameters.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter
from starlette.routing import BaseRoute, Route

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Schema = dict[str, Any]

#: JSON schemas of query parameters.
BOOLEAN: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
STRING: Schema = {"type": "string"}

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
    media_type: str = "application/json"
    errors: tuple[int, ...] = ()
    query: Mapping[str, Schema] = field(default_factory=dict)


def operation(summary: str, **described: Any) -> Callable[[Endpoint], Endpoint]:
    """Describe an endpoint; the keywords are the fields of `Operation`."""
    description = Operation(summary, **described)

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, description)
        return endpoint

    return mark


def document(routes: Iterable[BaseRoute], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the given routes."""
    served = [
        (_plain(route.path), method.lower(), route.endpoint)
        for route in routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]
    types = _types(described(endpoint) for _, _, endpoint in served)
    adapters = [(index, "serialization", TypeAdapter(kind)) for index, kind in enumerate(types)]
    made, definitions = TypeAdapter.json_schemas(
        adapters, ref_template="#/components/schemas/{model}"
    )
    schemas = [(kind, made[index, "serialization"]) for index, kind in enumerate(types)]
    paths: dict[str, dict[str, Any]] = {}
    for path, method, endpoint in served:
        paths.setdefault(path, {})[method] = _operation(path, method, endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Agent Server", "version": version},
        "paths": paths,
        "components": {"schemas": definitions.get("$defs", {})},
    }


def described(endpoint: Any) -> Operation:
    """The endpoint's description; an empty one where it has none."""
    return getattr(endpoint, _MARK, None) or Operation()


def _plain(path: str) -> str:
    """A Starlette path without converters: `{rest:path}` is `{rest}`."""
    return re.sub(r":\w+}", "}", path)


def _types(operations: Iterable[Operation]) -> list[Any]:
    """Each type once. Compared by identity or equality, as generic aliases are made anew."""
    found: list[Any] = [Error]
    for item in operations:
        for kind in (item.body, item.answer):
            if kind is not None and kind not in found:
                found.append(kind)
    return found


def _operation(
    path: str, method: str, endpoint: Any, schemas: list[tuple[Any, Schema]]
) -> dict[str, Any]:
    about = described(endpoint)
    names = re.findall(r"{(\w+)}", path)
    parameters = [_parameter(name, "path", STRING) for name in names]
    parameters += [_parameter(name, "query", kind) for name, kind in about.query.items()]
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
        described_as["requestBody"] = {"content": _content(about.body, schemas)}
    return described_as


def _parameter(name: str, place: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _responses(about: Operation, schemas: list[tuple[Any, Schema]]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done"}
    if about.answer is not None:
        good["content"] = _content(about.answer, schemas, about.media_type)
    elif about.status == 200:
        good["content"] = {about.media_type: {}}
    answers = {str(about.status): good}
    for status in about.errors:
        content = _content(Error, schemas)
        answers[str(status)] = {"description": _MEANINGS[status], "content": content}
    return answers


def _content(
    kind: Any, schemas: list[tuple[Any, Schema]], media_type: str = "application/json"
) -> dict[str, Any]:
    schema = next(schema for known, schema in schemas if known == kind)
    return {media_type: {"schema": schema}}
