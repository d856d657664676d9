"""The graphs a deployment serves: `langgraph.json` read, its modules loaded, its graphs at hand."""

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid5

from langgraph.graph import StateGraph
from langgraph.pregel import Pregel

from onceproof.reference_impl.config import read
from onceproof.reference_impl.core.engine import GraphUse
from onceproof.reference_impl.core.unfit import contain_unfit_state
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.resources.factories import Factory

#: Namespace of default assistants: the same graph has the same assistant id on every server.
ASSISTANT_NAMESPACE = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")


class GraphsError(ConfigError):
    """A graph that `langgraph.json` names cannot be used."""


class Graphs:
    """The registered graphs by id."""

    def __init__(self, graphs: Mapping[str, Pregel | Factory]):
        self._graphs = graphs

    @classmethod
    def load(cls, config_path: Path) -> "Graphs":
        """Read `langgraph.json` and import every graph it names; GraphsError says what is wrong."""
        config = read(config_path)
        folder = config_path.resolve().parent
        for dependency in config.get("dependencies", []):
            if dependency.startswith("."):
                sys.path.insert(0, str((folder / dependency).resolve()))
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
        if isinstance(found, Pregel):
            yield _prepare(found, use).copy(update=parts)
        else:
            async with found.build(use, store) as made:
                yield _prepare(made, use).copy(update=parts)


def _prepare(graph: Pregel, use: GraphUse) -> Pregel:
    """Return the graph as its author made it to draw it, and otherwise as it keeps state."""
    return graph if use.purpose == "assistants.read" else contain_unfit_state(graph)


@cache
def default_assistant_id(graph_id: str) -> UUID:
    """Return the id of the assistant that exists for a graph from the start."""
    return uuid5(ASSISTANT_NAMESPACE, graph_id)


def load_object(what: str, path: str, folder: Path) -> Any:
    """Import 'file.py:name' or 'package.module:name'; `what` names it in a GraphsError."""
    source, _, name = path.rpartition(":")
    if not source:
        raise GraphsError(f"{what}: {path!r} must look like './file.py:name'")
    value = getattr(_module(what, source, folder), name, None)
    if value is None:
        raise GraphsError(f"{what}: {source!r} has no {name!r}")
    return value


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


def _module(what: str, source: str, folder: Path) -> ModuleType:
    if not source.endswith(".py"):
        return importlib.import_module(source)
    file = (folder / source).resolve()
    if not file.exists():
        raise GraphsError(f"{what}: {str(file)!r} does not exist")
    name = _module_name(file, folder)
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(file):
        return known
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise GraphsError(f"{what}: {str(file)!r} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # an operator's module may raise anything; the sentence says what
        raise GraphsError(
            f"{what}: importing {str(file)!r} raised {type(error).__name__}: {error}"
        ) from error
    return module


def _module_name(file: Path, folder: Path) -> str:
    """The name a graph's file is imported under: the same in each process, replica and release.

    Checkpoints name the class of a value by module and name. Under a name that another process
    does not import (Python's `hash` of a text differs in each), an enum or a dataclass that the
    file defines would come back as plain text or a dict, without an error.
    """
    place = Path(os.path.relpath(file, folder)).as_posix()
    return f"served_{file.stem}_{hashlib.sha256(place.encode()).hexdigest()[:12]}"
