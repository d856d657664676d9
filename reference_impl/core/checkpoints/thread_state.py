"""The state of a thread: snapshots as the API shows them, and changes made without a run."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

import asyncpg
from langchain_core.runnables import RunnableConfig
from langgraph.errors import EmptyInputError, InvalidUpdateError
from langgraph.pregel import Pregel
from langgraph.types import PregelTask, StateSnapshot, StateUpdate

from onceproof.reference_impl import encoding, sql
from onceproof.reference_impl.core.engine import Engine, GraphUse, Purpose
from onceproof.reference_impl.core.streams.events import (
    ADDRESS,
    InterruptJson,
    Interrupts,
    interrupt_json,
    read_address,
)
from onceproof.reference_impl.core.user import describe_user
from onceproof.reference_impl.encoding import JsonObject

#: What langgraph or a graph's own code raises for an update that does not fit the graph.
_UNSUITABLE = (
    InvalidUpdateError,
    EmptyInputError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
)


class ThreadState(TypedDict):
    """A state as the API shows it."""

    values: Any
    next: Sequence[str]
    tasks: list[JsonObject]
    metadata: Mapping[str, Any]
    created_at: str | None
    checkpoint: JsonObject | None
    parent_checkpoint: JsonObject | None
    interrupts: list[InterruptJson]


#: The state of a thread on which nothing has ever run.
EMPTY: ThreadState = {
    "values": {},
    "next": [],
    "tasks": [],
    "metadata": {},
    "created_at": None,
    "checkpoint": None,
    "parent_checkpoint": None,
    "interrupts": [],
}


@dataclass(frozen=True)
class Access:
    """Why a state is looked at without a run, and on whose behalf."""

    purpose: Purpose = "threads.read"
    user: Mapping[str, Any] | None = None


class StateRefused(Exception):
    """The state cannot be read or changed this way; the message says why."""


def has_graph(engine: Engine, thread: Mapping[str, Any]) -> bool:
    """Return whether the thread holds the state of a graph that this deployment serves."""
    graph_id = thread["metadata"].get("graph_id")
    return isinstance(graph_id, str) and graph_id in engine.graphs


@asynccontextmanager
async def open_graph(
    engine: Engine, thread: Mapping[str, Any], saver: Any, access: Access
) -> AsyncIterator[Pregel | None]:
    """Provide the graph whose state the thread holds, with its state in `saver`.

    None if the thread has none yet, or one that this deployment does not serve.
    """
    if not has_graph(engine, thread):
        yield None
        return
    config = make_config(thread["thread_id"])
    config["configurable"].update(describe_user(access.user))
    use = GraphUse(access.purpose, config)
    graph_id = thread["metadata"]["graph_id"]
    async with engine.graphs.open(graph_id, use, checkpointer=saver, store=engine.store) as graph:
        yield graph


def make_config(thread_id: UUID, checkpoint: Mapping[str, Any] | None = None) -> RunnableConfig:
    """Make the config that addresses a checkpoint, or the latest state if there is no id.

    An absent id must be an absent key: for the graph `checkpoint_id: None` names a checkpoint, and
    it then leaves out what tasks of the latest step have already written.
    """
    given = {key: value for key, value in (checkpoint or {}).items() if value is not None}
    return {"configurable": {"checkpoint_ns": "", **given, "thread_id": str(thread_id)}}


async def read_snapshot(graph: Pregel, config: RunnableConfig, **options: Any) -> StateSnapshot:
    """Return the state at this place; or that before what its last tasks wrote.

    Whoever reads the latest state gives what finished tasks have written to the graph's reducers,
    which may refuse it, as they have in the run: two nodes wrote a key that takes one value.
    """
    try:
        return await graph.aget_state(config, **options)
    except Exception:  # a graph's own code may raise anything
        saver = graph.checkpointer
        latest = None if isinstance(saver, bool | None) else await saver.aget_tuple(config)
        if latest is None or latest.config == config:
            raise
        return await graph.aget_state(latest.config, **options)


def describe(snapshot: StateSnapshot) -> ThreadState:
    """Describe a snapshot as the API's ThreadState."""
    return {
        "values": snapshot.values,
        "next": snapshot.next,
        "tasks": [_task(task) for task in snapshot.tasks],
        "metadata": snapshot.metadata or {},
        "created_at": snapshot.created_at,
        "checkpoint": read_address(snapshot.config),
        "parent_checkpoint": read_address(snapshot.parent_config),
        "interrupts": [interrupt_json(item) for item in snapshot.interrupts],
    }


def group_interrupts(snapshot: StateSnapshot) -> Interrupts:
    """Group the thread's unanswered interrupts by the id of the task that raised them."""
    return {
        task.id: [interrupt_json(item) for item in task.interrupts]
        for task in snapshot.tasks
        if task.interrupts
    }


def _task(task: PregelTask) -> JsonObject:
    state, checkpoint = None, None
    if isinstance(task.state, StateSnapshot):
        state = describe(task.state)
        checkpoint = state["checkpoint"]
    elif task.state is not None:
        configurable = task.state["configurable"]
        checkpoint = {key: configurable[key] for key in ADDRESS if key in configurable}
    error = task.error
    return {
        "id": task.id,
        "name": task.name,
        "path": task.path,
        "error": error if error is None or isinstance(error, str) else repr(error),
        "interrupts": [interrupt_json(item) for item in task.interrupts],
        "checkpoint": checkpoint,
        "state": state,
        "result": task.result,
    }


async def change(
    engine: Engine,
    connection: asyncpg.Connection,
    thread: Mapping[str, Any],
    supersteps: Sequence[Sequence[StateUpdate]],
    checkpoint: Mapping[str, Any] | None = None,
    *,
    user: Mapping[str, Any] | None = None,
) -> RunnableConfig:
    """Apply `supersteps` as if their nodes had run; the config names the new checkpoint.

    The caller holds the thread's row lock in a transaction on `connection`; history and thread
    change together or not at all. Raises StateRefused.
    """
    config = make_config(thread["thread_id"], checkpoint)
    known = thread["metadata"]
    config["metadata"] = {k: known[k] for k in ("graph_id", "assistant_id") if k in known}
    saver = engine.checkpoints.for_request(connection)
    async with open_graph(engine, thread, saver, Access("threads.update", user)) as graph:
        if graph is None:
            raise StateRefused("the thread has no graph")
        try:
            changed = await graph.abulk_update_state(config, supersteps)
        except _UNSUITABLE as error:
            raise StateRefused(f"{type(error).__name__}: {error}") from error
        await refresh(connection, thread["thread_id"], graph)
    return changed


async def refresh(connection: asyncpg.Connection, thread_id: UUID, graph: Pregel) -> Any:
    """Bring a thread that no run holds up to its latest checkpoint; returns its row."""
    snapshot = await graph.aget_state(make_config(thread_id))
    return await connection.fetchrow(
        sql.threads.REFRESH,
        thread_id,
        encoding.jsonable(snapshot.values),
        encoding.jsonable(group_interrupts(snapshot)),
        "interrupted" if snapshot.next else "idle",
    )
