"""What can be wrong with an OpenAPI document, judged without a library.

It looks for what the specification forbids and a client generator would stumble over; a schema
that describes the wrong thing in the right form passes.
"""

import re
from collections.abc import Iterator
from typing import Any

from onceproof.conformance.suite.kit.openapi import iterate_operations
from onceproof.conformance.suite.kit.routes import NAME

VERSION = re.compile(r"3\.\d+\.\d+(-.+)?")


def find_faults(document: dict[str, Any]) -> Iterator[str]:
    """Find what the OpenAPI specification forbids and a client generator would stumble over."""
    version = document.get("openapi")
    if not VERSION.fullmatch(str(version)):
        yield f"openapi is {version!r}, but should be 3.0.0 or newer"
    for name in ("title", "version"):
        if not isinstance(document.get("info", {}).get(name), str):
            yield f"info.{name} is missing"
    if not document.get("paths"):
        yield "there are no paths"
    for path, method, operation in iterate_operations(document):
        for fault in _find_operation_faults(document, path, operation):
            yield f"{method.upper()} {path} {fault}"
    for reference in find_references(document):
        if resolve_reference(document, reference) is None:
            yield f"{reference} leads nowhere"
    ids = [operation.get("operationId") for _, _, operation in iterate_operations(document)]
    for name in {each for each in ids if each is not None and ids.count(each) > 1}:
        yield f"operationId {name!r} is used twice"


def _find_operation_faults(
    document: dict[str, Any], path: str, operation: dict[str, Any]
) -> Iterator[str]:
    if not path.startswith("/"):
        yield "does not start with /"
    if not operation.get("responses"):
        yield "has no responses"
    declared = [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    parameters = [resolve_reference(document, each.get("$ref")) or each for each in declared]
    in_path = {each.get("name") for each in parameters if each.get("in") == "path"}
    for name in set(NAME.findall(path)) - in_path:
        yield f"does not declare {name}"


def find_references(node: Any) -> Iterator[str]:
    """Find every `$ref` below `node` that stays inside the document."""
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith("#/"):
            yield target
        for child in node.values():
            yield from find_references(child)
    elif isinstance(node, list):
        for child in node:
            yield from find_references(child)


def resolve_reference(document: dict[str, Any], reference: str | None) -> Any:
    """Resolve a reference; None if it leads nowhere."""
    if reference is None:
        return None
    node: Any = document
    for step in reference.removeprefix("#/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        node = node.get(name) if isinstance(node, dict) else None
    return node
