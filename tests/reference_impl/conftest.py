"""A Postgres of the test session's own, and the server without Redis and without a worker."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from onceproof.conformance.stacks import Stack, open_stack
from onceproof.reference_impl import database
from onceproof.reference_impl.app import create_app
from onceproof.reference_impl.resources import assistants
from onceproof.reference_impl.resources.graphs import Graphs
from onceproof.reference_impl.resources.store import PostgresStore
from onceproof.reference_impl.webhooks.policy import Policy

CONFIG = Path(__file__).parent / "graphs" / "langgraph.json"


class AttentiveBroker:
    """A Redis that answers."""

    async def ping(self) -> None:
        return None

    async def is_read(self, thread_id: UUID) -> bool:
        return False


class RecordingQueue:
    """Remembers which runs it was asked to cancel."""

    def __init__(self) -> None:
        self.cancelled: list[tuple[UUID, str]] = []

    async def cancel(self, run_id: UUID, action: str) -> None:
        self.cancelled.append((run_id, action))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with open_stack("embedded", tmp_path_factory.mktemp("stack"), {}) as stack:
        yield stack


@pytest.fixture(scope="session")
def database_uri(stack: Stack) -> str:
    return stack.database_uri


@pytest.fixture(scope="session")
async def pool(anyio_backend: str, database_uri: str) -> AsyncIterator[asyncpg.Pool]:
    """A migrated database, shared by the session: tests keep apart by ids of their own."""
    pool = await database.open_pool(database_uri, 10)
    await database.migrate(pool)
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
def graphs() -> Graphs:
    return Graphs.load(CONFIG)


@pytest.fixture
async def services(pool: asyncpg.Pool, graphs: Graphs) -> Any:
    await assistants.register_defaults(pool, graphs)
    return SimpleNamespace(
        pool=pool,
        graphs=graphs,
        store=PostgresStore(pool),
        webhooks=Policy(),
        broker=AttentiveBroker(),
        queue=RecordingQueue(),
        worker=None,
        settings=SimpleNamespace(max_body_bytes=300 * 1024 * 1024),
    )


@pytest.fixture
def app(services: Any) -> Starlette:
    return create_app(services)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        yield client
