"""A server with thread and state endpoints, a real queue, and graphs whose state the tests read."""

import contextlib
from collections.abc import AsyncIterator
from operator import add
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from onceproof.reference_impl.app import create_app
from onceproof.reference_impl.auth.loading import Access
from onceproof.reference_impl.core.checkpoints.fenced import Checkpoints
from onceproof.reference_impl.core.engine import EXECUTION, GraphUse
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.resources.graphs import Graphs
from onceproof.reference_impl.resources.store import PostgresStore
from onceproof.reference_impl.settings import Settings
from onceproof.reference_impl.webhooks.policy import Policy


class State(TypedDict, total=False):
    text: str
    log: Annotated[list[str], add]


def writes(name: str) -> Any:
    return lambda state: {"log": [name]}


def ask(state: State) -> dict[str, Any]:
    return {"log": [f"answer {interrupt({'question': 'why'})}"]}


def route(state: State) -> str:
    """Fails on a text that is no text, as a graph's own code may."""
    return "second" if state["text"].strip() else END


chain = (
    StateGraph(State)
    .add_node("first", writes("first"))
    .add_node("second", writes("second"))
    .add_edge(START, "first")
    .add_edge("first", "second")
    .add_edge("second", END)
    .compile()
)

branch = (
    StateGraph(State)
    .add_node("first", writes("first"))
    .add_node("second", writes("second"))
    .add_edge(START, "first")
    .add_conditional_edges("first", route, ["second", END])
    .compile()
)

inner = StateGraph(State).add_node("ask", ask).add_edge(START, "ask").compile()
hitl = inner
nested = StateGraph(State).add_node("inner", inner).add_edge(START, "inner").compile()

GRAPHS = Graphs({"chain": chain, "branch": branch, "hitl": hitl, "nested": nested})


class RecordingBroker:
    """Takes every notice and remembers which runs were said to be over."""

    def __init__(self) -> None:
        self.ended: list[UUID] = []
        self.notices: list[str] = []

    async def notify(self, topic: str, payload: str = "") -> None:
        self.notices.append(f"{topic} {payload}".strip())

    async def end(self, run_id: UUID) -> None:
        self.ended.append(run_id)

    async def is_read(self, thread_id: UUID) -> bool:
        return False


class Served:
    """The server under test, and short cuts for what a client does to it."""

    def __init__(self, services: Any, client: httpx.AsyncClient):
        self.services = services
        self.client = client

    async def thread(self, **body: Any) -> dict[str, Any]:
        response = await self.client.post("/threads", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def get(self, path: str) -> Any:
        response = await self.client.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: Any = None) -> Any:
        response = await self.client.post(path, json=body or {})
        assert response.status_code == 200, response.text
        return response.json()

    async def run_row(self, thread_id: str, status: str) -> UUID:
        """A run in the given status, as if a worker were on it or had been."""
        return await self.services.pool.fetchval(
            """insert into run (run_id, thread_id, assistant_id, status, multitask_strategy,
                                attempt, ready, due, lease_until)
               values ($1, $2, $1, $3, 'enqueue', 1, false, now() + interval '1 hour',
                       now() + interval '1 hour') returning run_id""",
            uuid4(),
            UUID(thread_id),
            status,
        )

    def saver(self, run_id: UUID, thread_id: str) -> Any:
        run = {"run_id": run_id, "thread_id": UUID(thread_id), "attempt": 1}
        return self.services.checkpoints.for_run(run, "sync")

    async def run(self, thread_id: str, graph_id: str, value: Any) -> Any:
        """Run a graph to its end or interrupt on a thread, without a worker."""
        run_id = await self.run_row(thread_id, "running")
        config: Any = {"configurable": {"thread_id": thread_id}}
        parts = {"checkpointer": self.saver(run_id, thread_id), "store": self.services.store}
        async with GRAPHS.open(graph_id, GraphUse(EXECUTION, config), **parts) as graph:
            result = await graph.ainvoke(value, config)
        pool = self.services.pool
        await pool.execute("update run set status = 'success' where run_id = $1", run_id)
        await pool.execute(
            """update thread set metadata = metadata || $2::jsonb, "values" = $3
               where thread_id = $1""",
            UUID(thread_id),
            {"graph_id": graph_id},
            {key: value for key, value in result.items() if key != "__interrupt__"},
        )
        return result


@contextlib.asynccontextmanager
async def serve(pool: asyncpg.Pool, access: Access | None = None) -> AsyncIterator[Served]:
    uris = {"database_uri": "postgres://unused", "redis_uri": "redis://unused"}
    settings = Settings.model_validate(uris)
    broker: Any = RecordingBroker()
    services: Any = SimpleNamespace(
        settings=settings,
        pool=pool,
        graphs=GRAPHS,
        broker=broker,
        queue=Queue(pool, broker, settings),
        checkpoints=Checkpoints(pool, pool),
        store=PostgresStore(pool),
        webhooks=Policy(),
    )
    transport = httpx.ASGITransport(create_app(services, access=access))
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        yield Served(services, client)


def resume(value: Any) -> Command:
    return Command(resume=value)
