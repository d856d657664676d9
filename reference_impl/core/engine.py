"""The engine of one process: what its worker, the attempts in it and the API work with.

Everything is passed in. The core imports neither the resources and the API that use it nor the
module that puts a server together (`services.py`), so it can be read, and replaced, by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import asyncpg
from langchain_core.callbacks import BaseCallbackHandler
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore

from onceproof.reference_impl.core.checkpoints.fenced import Checkpoints
from onceproof.reference_impl.core.heartbeat import Heartbeat
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.recovery import Recovery
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.settings import Settings


class GraphRegistry(Protocol):
    """The graphs of a deployment by id."""

    def __contains__(self, graph_id: str) -> bool: ...

    def bind(self, graph_id: str, *, checkpointer: Any = None, store: Any = None) -> Pregel:
        """Return a copy of the graph that keeps its state in the given parts."""


class Rebuild(Protocol):
    """Makes an engine once more in another process, to which it is pickled; see `quarantine.py`."""

    async def __call__(self) -> Engine:
        """Return an engine with one connection to Postgres, which migrates and claims nothing."""

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
    heartbeat: type[Heartbeat] = Heartbeat
    callbacks: Sequence[BaseCallbackHandler] = ()
