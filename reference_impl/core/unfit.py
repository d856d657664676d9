"""State that does not fit its graph's schema is an error of the node that should take it.

A schema of pydantic, or a dataclass with checks of its own, refuses what does not fit. LangGraph
makes the input of the coming nodes also to show what comes next, and to discard what an earlier run
left undone. There the refusal is nobody's error: the state of the thread could not be read any
more, the run that failed for it not be ended, and every later run would fail for the same reason.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.pregel import Pregel
from langgraph.pregel._read import PregelNode

from onceproof.reference_impl.encoding import JsonObject

Mapper = Callable[[Any], Any]


class Unfit(JsonObject):
    """The input of a node as it was found, and why the schema refuses it."""

    def __init__(self, found: Any, why: Exception):
        super().__init__(found if isinstance(found, dict) else {"input": found})
        self.why = why


class _Node(Runnable[Any, Any]):
    """A node that raises what is wrong with its input, if anything is."""

    def __init__(self, bound: Runnable[Any, Any]):
        self._bound = bound

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        return self._bound.invoke(_fit(input), config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        return await self._bound.ainvoke(_fit(input), config, **kwargs)

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        return self._bound.stream(_fit(input), config, **kwargs)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        async for part in self._bound.astream(_fit(input), config, **kwargs):
            yield part


def contain_unfit_state(graph: Pregel) -> Pregel:
    """Return a copy of the graph whose nodes, not those who look at it, fail for unfit state.

    The graph itself if no schema of it refuses anything.
    """
    mappers: dict[int, Mapper] = {}
    nodes = {name: _contain(node, mappers) for name, node in graph.nodes.items()}
    if all(nodes[name] is node for name, node in graph.nodes.items()):
        return graph
    changed: JsonObject = nodes
    return graph.copy(update={"nodes": changed})


def _contain(node: PregelNode, mappers: dict[int, Mapper]) -> PregelNode:
    inner = [contain_unfit_state(g) if isinstance(g, Pregel) else g for g in node.subgraphs]
    update: JsonObject = {}
    if inner != list(node.subgraphs):
        update["subgraphs"] = inner
        if node.bound is node.subgraphs[0]:
            update["bound"] = inner[0]
    if node.mapper is not None:
        # Nodes of one schema share one mapper: by it LangGraph knows that their input is the same.
        update["mapper"] = mappers.setdefault(id(node.mapper), _tolerate(node.mapper))
        update["bound"] = _Node(update.get("bound", node.bound))
    return node.copy(update) if update else node


def _tolerate(mapper: Mapper) -> Mapper:
    def take(found: Any) -> Any:
        try:
            return mapper(found)
        except Exception as why:  # a schema may raise anything; its node raises the same
            return Unfit(found, why)

    return take


def _fit(found: Any) -> Any:
    if isinstance(found, Unfit):
        raise found.why
    return found
