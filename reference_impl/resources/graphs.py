"""The graphs a deployment serves: `langgraph.json` read, its modules loaded, its graphs at hand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from langgraph.graph import StateGraph
from langgraph.pregel import Pregel

from onceproof.reference_impl.config import read
from onceproof.reference_impl.core.engine import GraphUse
from onceproof.reference_impl.core.unfit import contain_unfit_state
from onceproof.reference_impl.resources.factories import Factory
from onceproof.reference_impl.resources.modules import GraphsError, add_dependencies, load_object

#: Namespace of default assistants: the same graph has the same assistant id on every server.
ASSISTANT_NAMESPACE = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")


class Graphs:
    """The registered graphs by id."""

    def __init__(self, graphs: Mapping[str, Pregel | Factory]):
        self._graphs = graphs
        self._contained = {
            graph_id: contain_unfit_state(graph)
            for graph_id, graph in graphs.items()
            if isinstance(graph, Pregel)
        }

    @classmethod
    def load(cls, config_path: Path) -> "Graphs":
        """Read `langgraph.json` and import every graph it names; GraphsError says what is wrong."""
        config = read(config_path)
        folder = config_path.resolve().parent
        add_dependencies(config_path)
        return cls({id_: _graph(id_, spec, folder) for id_, spec in config["graphs"].items()})

    @property
    def ids(self) -> list[str]:
        return list(self._graphs)

    def __contains__(self, graph_id: str) -> bool:
        return graph_id in self._graphs

    @asynccontextmanager
    async def open(
        self, graph_id: str, use: GraphUse, *, checkpointer: Any = None, store: Any = None
    ) -> AsyncIterator[Pregel]:
        """Provide a copy of the graph that keeps its state in the given parts; KeyError if unknown.

        A graph that a factory makes is made anew; Unbuildable or, in a run, the factory's own error
        says that this failed.
        """
        parts, found = {"checkpointer": checkpointer, "store": store}, self._graphs[graph_id]
        is_drawn = use.purpose == "assistants.read"  # as its author made it
        if isinstance(found, Pregel):
            yield (found if is_drawn else self._contained[graph_id]).copy(update=parts)
        else:
            async with found.build(use, store) as made:
                yield (made if is_drawn else contain_unfit_state(made)).copy(update=parts)


@cache
def default_assistant_id(graph_id: str) -> UUID:
    """Return the id of the assistant that exists for a graph from the start."""
    return uuid5(ASSISTANT_NAMESPACE, graph_id)


def _graph(graph_id: str, spec: Any, folder: Path) -> Pregel | Factory:
    path = spec["path"] if isinstance(spec, dict) else spec
    value = load_object(f"graph {graph_id!r}", path, folder)
    if isinstance(value, StateGraph):
        value = value.compile()
    if isinstance(value, Pregel):
        return value
    if not callable(value):
        raise GraphsError(
            f"graph {graph_id!r}: {path!r} is a {type(value).__name__}, neither a graph nor a "
            "function that makes one"
        )
    return Factory(graph_id, value)
