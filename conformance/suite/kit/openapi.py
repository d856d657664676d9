"""What a target says about itself in its OpenAPI document.

An optional feature that is absent is not a deviation unless the target claims to have it.
"""

from collections.abc import Iterator
from typing import Any

from onceproof.conformance.wire.client import Api

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def iterate_operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and description of each operation."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


async def claims(api: Api, method: str, path: str, field: str | None = None) -> bool:
    """Return whether the document has this operation and, if one is named, this request field.

    `path` is written as the document writes it; names of path parameters do not matter.
    """
    response = await api.get("/openapi.json")
    document = response.json() if response.is_success else {}
    for documented, operations in document.get("paths", {}).items():
        operation = operations.get(method.lower())
        if operation is not None and _shape(documented) == _shape(path):
            request = [operation.get("parameters", []), operation.get("requestBody", {})]
            return field is None or field in _names(request, document, set())
    return False


def _shape(path: str) -> list[str]:
    return ["{}" if part.startswith("{") else part for part in path.strip("/").split("/")]


def _names(node: Any, document: dict[str, Any], seen: set[str]) -> Iterator[str]:
    """The names of all parameters and properties below a node, references followed once."""
    if isinstance(node, list):
        for child in node:
            yield from _names(child, document, seen)
    if not isinstance(node, dict):
        return
    if "in" in node and isinstance(node.get("name"), str):
        yield node["name"]
    yield from node.get("properties", {})
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        seen.add(reference)
        yield from _names(_resolve(reference, document), document, seen)
    for value in node.values():
        yield from _names(value, document, seen)


def _resolve(reference: str, document: dict[str, Any]) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part, {}) if isinstance(node, dict) else {}
    return node
