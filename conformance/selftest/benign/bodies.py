"""The parts of a JSON answer that are the server's own, and not the client's or the graph's."""

from collections.abc import Callable, Mapping
from typing import Any

#: A thread, a run, an item: whatever the API shows as an object.
Thing = Mapping[str, Any]
#: Makes of the path of a request, the status and the body of its answer another body.
Change = Callable[[str, int, Any], Any]

#: What is kept under these names belongs to clients and graphs.
FOREIGN = frozenset(
    {"values", "metadata", "config", "context", "kwargs", "value", "input", "payload", "extracted"}
    | {"checkpoint", "configurable", "result", "state", "data"}
)
#: Names by which a thing of the API is known when it is shown whole, and not a selection of it.
WHOLE = (
    frozenset({"created_at", "updated_at", "metadata"}),
    frozenset({"values", "next", "tasks"}),
    frozenset({"namespace", "key", "value"}),
)


def change_things(change: Callable[[Thing], Thing]) -> Change:
    """Return a change of each thing of the API that an answer shows whole: threads, runs, items."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(each) for each in value]
        if not isinstance(value, dict):
            return value
        inner = {name: each if name in FOREIGN else walk(each) for name, each in value.items()}
        return change(inner) if any(names <= inner.keys() for names in WHOLE) else inner

    return lambda path, status, body: walk(body) if is_api(path) and status < 300 else body


def change_texts(change: Callable[[str, str], str]) -> Change:
    """Return a change of each text that the server itself gives a name to, in any answer."""

    def walk(name: str, value: Any) -> Any:
        if isinstance(value, str):
            return change(name, value)
        if isinstance(value, list):
            return [walk(name, each) for each in value]
        if isinstance(value, Mapping):
            return {k: v if k in FOREIGN else walk(k, v) for k, v in value.items()}
        return value

    return lambda path, status, body: walk("", body) if is_api(path) else body


def is_api(path: str) -> bool:
    """Return whether a path is about the resources of the API, and not about the server itself."""
    return any(f"/{group}" in path for group in ("assistants", "threads", "runs", "store"))
