"""The engine of one process: what its worker, the attempts in it and the API work with.

Everything is passed in. The core imports neither the resources and the API that use it nor the
module that puts a server together (`services.py`), so it can be read, and replaced, by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol

import asyncpg
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore

from onceproof.reference_impl.core.checkpoints.fenced import Checkpoints
from onceproof.reference_impl.core.heartbeat import Heartbeat
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.recovery import Recovery
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.settings import Settings

if TYPE_CHECKING:
    from onceproof.reference_impl.core.quarantine import Quarantine

#: What a graph is opened for, in the words of LangGraph's server runtime.
Purpose = Literal["threads.create_run", "threads.read", "threads.update", "assistants.read"]
EXECUTION: Purpose = "threads.create_run"


@dataclass(frozen=True)
class GraphUse:
    """What a graph is opened for, which a graph that is made by a factory may depend on.

    The user stands in the `configurable` of `config`; only a run has a `context`.
    """

    purpose: Purpose
    config: RunnableConfig
    context: Mapping[str, Any] | None = None


class GraphRegistry(Protocol):
    """The graphs of a deployment by id."""

    def __contains__(self, graph_id: str) -> bool: ...

    def open(
        self, graph_id: str, use: GraphUse, *, checkpointer: Any = None, store: Any = None
    ) -> AbstractAsyncContextManager[Pregel]:
        """Provide a copy of the graph that keeps its state in the given parts."""


class Rebuild(Protocol):
    """Makes an engine once more in another process, to which it is pickled; see `quarantine.py`."""

    def open(self) -> AbstractAsyncContextManager[Engine]:
        """Provide an engine with one connection to Postgres, which migrates and claims nothing.

        Nodes find in its process what they find in that of a worker.
        """

    def leave(self, status: int) -> NoReturn:
        """End the process as the server's own ends."""


@dataclass(kw_only=True)
class Engine:
    """The parts of the core as one process has them; `callbacks` hear of each graph executed."""

    settings: Settings
    pool: asyncpg.Pool
    graphs: GraphRegistry
    queue: Queue
    recovery: Recovery
    broker: Broker
    checkpoints: Checkpoints
    store: BaseStore
    rebuild: Rebuild
    quarantine: type[Quarantine]
    heartbeat: type[Heartbeat] = Heartbeat
    callbacks: Sequence[BaseCallbackHandler] = ()
