"""echo: what reached the graph besides its input.

Input: nonce, text. State: nonce, text, `config` {tags, metadata, configurable}, `user` (who the
server authenticated, or null) and `context`. Request headers that a server lets through are in
`configurable`. Keys that begin with two underscores are LangGraph's own and left out; what is
not JSON is named by its type.
"""

from collections.abc import Mapping
from typing import Any

from langgraph.config import get_config
from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from typing_extensions import TypedDict

USER = ("identity", "display_name", "is_authenticated", "permissions")


class Context(TypedDict, total=False):
    tenant: str
    locale: str


class State(TypedDict, total=False):
    nonce: str
    text: str
    config: dict[str, Any]
    user: Any
    context: Any


async def echo(state: State, runtime: Runtime[Context]) -> State:
    config = get_config()
    configurable = config.get("configurable", {})
    server = runtime.server_info
    user = configurable.get("langgraph_auth_user") or (server.user if server else None)
    seen = {
        "tags": config.get("tags", []),
        "metadata": config.get("metadata", {}),
        "configurable": configurable,
    }
    return {"config": plain(seen), "user": plain(user), "context": plain(runtime.context)}


def plain(value: Any) -> Any:
    """Turn a value into JSON data."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items() if not str(k).startswith("__")}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if hasattr(value, "identity"):
        return {name: plain(getattr(value, name, None)) for name in USER}
    return f"<{type(value).__name__}>"


builder = StateGraph(State, context_schema=Context)
builder.add_node(echo)
builder.add_edge(START, "echo")
graph = builder.compile()
