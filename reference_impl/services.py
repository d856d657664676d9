"""How the parts of one process are put together.

Every part is passed in: a test or a mutant replaces one by passing another class to `build`, and
the server's own code knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from redis.exceptions import RedisError

from onceproof.reference_impl import database
from onceproof.reference_impl.core.checkpoints.fenced import Checkpoints
from onceproof.reference_impl.core.engine import Engine, Rebuild
from onceproof.reference_impl.core.heartbeat import Heartbeat
from onceproof.reference_impl.core.quarantine import Quarantine, count_places
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.recovery import Recovery
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.core.worker import Worker
from onceproof.reference_impl.deployment.databases import (
    explain_redis,
    require_sessions,
    require_single_redis,
)
from onceproof.reference_impl.deployment.tenancy import Tenancy
from onceproof.reference_impl.deployment.usage import Usage
from onceproof.reference_impl.errors import DependencyError
from onceproof.reference_impl.resources import embeddings, ttl
from onceproof.reference_impl.resources.graphs import Graphs
from onceproof.reference_impl.resources.store import PostgresStore
from onceproof.reference_impl.settings import Settings
from onceproof.reference_impl.webhooks import policy as webhooks


@dataclass(frozen=True)
class Parts:
    """The classes that make up a server; mutants replace some."""

    queue: type[Queue] = Queue
    broker: type[Broker] = Broker
    checkpoints: type[Checkpoints] = Checkpoints
    heartbeat: type[Heartbeat] = Heartbeat
    quarantine: type[Quarantine] = Quarantine


@dataclass(kw_only=True)
class Services(Engine):
    """What the endpoints of one process use: the core's engine and what stands around it."""

    deployment_id: str
    graphs: Graphs
    store: PostgresStore
    webhooks: webhooks.Policy
    lifetimes: ttl.Lifetimes
    tenancy: Tenancy
    usage: Usage | None = None
    worker: Worker | None = None
    _closing: list[asyncpg.Pool] = field(default_factory=list)

    async def close(self) -> None:
        if self.usage:
            await self.usage.close()
        await self.tenancy.leave()
        await self.broker.close()
        for pool in self._closing:
            await pool.close()


@dataclass(frozen=True)
class Definitions:
    """What langgraph.json defines, and the variables that stand for parts of it."""

    graphs: Graphs
    webhooks: webhooks.Policy
    lifetimes: ttl.Lifetimes
    index: embeddings.VectorIndex | None

    @classmethod
    def load(cls, path: Path) -> Definitions:
        """Load everything; CannotStart says what is wrong."""
        return cls(
            Graphs.load(path),
            webhooks.load_policy(path),
            ttl.load_lifetimes(path),
            embeddings.load_index(path),
        )


@dataclass(frozen=True)
class Reach:
    """What a process is connected to; commits of the `relaxed` pool do not wait for the disk."""

    deployment_id: str
    pool: asyncpg.Pool
    relaxed: asyncpg.Pool
    broker: Broker


def assemble(
    settings: Settings, parts: Parts, defined: Definitions, reach: Reach, *, rebuild: Rebuild
) -> Services:
    """Return the services of a process that is connected; it takes no part in its tenancy yet."""
    pool, broker = reach.pool, reach.broker
    queue = parts.queue(pool, broker, settings)
    return Services(
        settings=settings,
        deployment_id=reach.deployment_id,
        pool=pool,
        graphs=defined.graphs,
        queue=queue,
        recovery=Recovery(pool, broker, queue, settings),
        broker=broker,
        checkpoints=parts.checkpoints(pool, reach.relaxed),
        store=PostgresStore(pool, defined.lifetimes.items.of_store(), defined.index),
        webhooks=defined.webhooks,
        lifetimes=defined.lifetimes,
        tenancy=Tenancy(settings.database_uri, broker, reach.deployment_id),
        heartbeat=parts.heartbeat,
        rebuild=rebuild,
        quarantine=parts.quarantine,
        _closing=[pool, reach.relaxed],
    )


async def build(settings: Settings, parts: Parts, rebuild: Callable[[str], Rebuild]) -> Services:
    """Connect, migrate, load the graphs and make every part; the caller closes the result.

    `rebuild` makes, of the deployment's id, what makes an engine once more in another process.
    """
    if settings.redis_cluster:
        raise DependencyError("REDIS_CLUSTER: no cluster is supported; name a single Redis")
    defined = Definitions.load(settings.config_path)
    try:
        pool, relaxed, deployment_id = await _connect(settings, defined.lifetimes)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise DependencyError(f"DATABASE_URI: {_describe(error)}") from error
    broker = await _open_broker(settings, parts, deployment_id)
    reach = Reach(deployment_id, pool, relaxed, broker)
    services = assemble(settings, parts, defined, reach, rebuild=rebuild(deployment_id))
    try:
        await services.tenancy.enter()
    except RedisError as error:
        raise explain_redis(error) from error
    services.usage = Usage.of(settings)
    services.callbacks = (services.usage,) if services.usage else ()
    return services


async def _open_broker(settings: Settings, parts: Parts, deployment_id: str) -> Broker:
    try:
        broker = parts.broker(settings.redis_uri, deployment_id, settings)
        await broker.open()
        await require_single_redis(settings.redis_uri)
    except (RedisError, OSError, ValueError, TypeError) as error:
        raise DependencyError(f"REDIS_URI: {_describe(error)}") from error
    return broker


async def _connect(
    settings: Settings, lives: ttl.Lifetimes
) -> tuple[asyncpg.Pool, asyncpg.Pool, str]:
    """The pool, the pool of relaxed commits, and the deployment's id once its schema is there.

    Checkpoints of a run under way need not wait for the disk: the commit of its terminal status
    flushes the log past them, and the step of a lost one is only executed again.
    """
    # Heartbeat, tenancy and each place in quarantine have one connection; all together they keep to
    # the operator's limit.
    await require_sessions(settings.database_uri)
    alone = count_places(settings.jobs_per_worker, settings.pool_size)
    relaxed_size = max(1, (settings.pool_size - alone) // 3)
    pool = await open_pool(settings, lives, settings.pool_size - relaxed_size - alone - 2)
    deployment_id = await database.migrate(pool)
    relaxed = await database.open_pool(
        settings.database_uri, relaxed_size, synchronous_commit="off"
    )
    return pool, relaxed, deployment_id


async def open_pool(settings: Settings, lives: ttl.Lifetimes, size: int) -> asyncpg.Pool:
    """Open a pool of `size` connections that know the deployment's times to live."""
    ttl_of_new = database.thread_ttl(lives.threads.of_new_threads())
    return await database.open_pool(settings.database_uri, size, **ttl_of_new)


def _describe(error: Exception) -> str:
    """The driver's message; a timeout has none, and a lost connection only says where it was."""
    if isinstance(error, asyncpg.InterfaceError):
        return f"the connection was lost ({error})"
    return str(error) or "no answer in time"
