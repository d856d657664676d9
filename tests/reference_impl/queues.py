"""A queue with its broker on a database of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl import database
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.recovery import Recovery
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.settings import Settings


@asynccontextmanager
async def own_queue(
    stack: Stack, name: str, *, pool_size: int = 5, **set_to: Any
) -> AsyncIterator[SimpleNamespace]:
    """`pool`, `broker`, `queue`, `recovery` and `settings`, which are `set_to` these."""
    uri = stack.add_database(f"{name}_{uuid4().hex[:8]}")
    settings = Settings(database_uri=uri, redis_uri=stack.redis_uri, **set_to)
    pool = await database.open_pool(uri, pool_size)
    broker = Broker(stack.redis_uri, await database.migrate(pool), settings)
    await broker.open()
    queue = Queue(pool, broker, settings)
    yield SimpleNamespace(
        pool=pool,
        broker=broker,
        queue=queue,
        recovery=Recovery(pool, broker, queue, settings),
        settings=settings,
    )
    await broker.close()
    await pool.close()
