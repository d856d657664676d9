"""How the parts of a process in quarantine are put together, which executes one run.

It has the parts of any process of the deployment, so that a node finds there what it found in a
worker: what the own application's lifespan opens, and a client of the server in the same process.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from onceproof.reference_impl.app import create_app
from onceproof.reference_impl.core.engine import Engine
from onceproof.reference_impl.deployment.hosting import Hosting
from onceproof.reference_impl.deployment.loopback import connect_clients, watch_clients
from onceproof.reference_impl.deployment.tracing import leave
from onceproof.reference_impl.logs import write_logs
from onceproof.reference_impl.resources.modules import add_dependencies
from onceproof.reference_impl.services import (
    Definitions,
    Parts,
    Reach,
    Services,
    assemble,
    open_pool,
)
from onceproof.reference_impl.settings import Settings


@dataclass(frozen=True)
class Alone:
    """Builds the engine of such a process once it has been pickled there (see core/alone.py)."""

    settings: Settings
    parts: Parts
    deployment_id: str
    log_level: int = field(default_factory=logging.getLogger().getEffectiveLevel)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Engine]:
        """Provide it, inside the lifespan of the deployment's own application.

        Raises what the drivers raise if Postgres or Redis is away.
        """
        write_logs(self.log_level)
        watch_clients()
        add_dependencies(self.settings.config_path)
        hosting = Hosting.load(self.settings)
        services = await self._build()
        connect_clients(create_app(services))
        async with hosting.lifespan():
            yield services

    async def _build(self) -> Services:
        settings, parts = self.settings, self.parts
        defined = Definitions.load(settings.config_path)
        pool = await open_pool(settings, defined.lifetimes, 1)
        broker = parts.broker(settings.redis_uri, self.deployment_id, settings)
        await broker.open()
        reach = Reach(self.deployment_id, pool, pool, broker)
        return assemble(settings, parts, defined, reach, rebuild=self)

    def leave(self, status: int) -> NoReturn:
        """End the process."""
        leave(status)
