"""Hosts the probe graphs as a server does: loaded by file path, saver and store supplied."""

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel
from langgraph.store.memory import InMemoryStore

from onceproof.conformance.probes import CONFIG, FOLDER

SPECS: dict[str, str] = json.loads(CONFIG.read_text())["graphs"]


def load(graph_id: str) -> ModuleType:
    """Import the file of a graph the way servers do, from its path alone."""
    path, _, _ = SPECS[graph_id].partition(":")
    spec = importlib.util.spec_from_file_location(f"probe_{graph_id}", FOLDER / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Host:
    """One deployment: all graphs, one saver, one store."""

    def __init__(self) -> None:
        self.saver = InMemorySaver()
        self.store = InMemoryStore()

    def graph(self, graph_id: str) -> Pregel:
        graph = load(graph_id).graph
        assert graph.checkpointer is None
        assert graph.store is None
        return graph.copy(update={"checkpointer": self.saver, "store": self.store})

    async def run(
        self, graph_id: str, given: Any, *, thread: str = "t", **options: Any
    ) -> dict[str, Any]:
        """Run to the end, or to an interrupt, and return the output."""
        options.setdefault("durability", "sync")
        return await self.graph(graph_id).ainvoke(given, config_for(thread), **options)

    async def stream(
        self, graph_id: str, given: Any, *, thread: str = "t", **options: Any
    ) -> list[Any]:
        """Run and return what was streamed."""
        graph = self.graph(graph_id)
        return [part async for part in graph.astream(given, config_for(thread), **options)]

    async def state(self, graph_id: str, *, thread: str = "t", subgraphs: bool = False) -> Any:
        return await self.graph(graph_id).aget_state(config_for(thread), subgraphs=subgraphs)


def config_for(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}
