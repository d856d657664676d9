"""The serving part of a process: its parts, its HTTP surface, its worker, and their orderly end."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Iterator
from functools import partial

import uvicorn

from onceproof.reference_impl.alone import Alone
from onceproof.reference_impl.app import create_app
from onceproof.reference_impl.auth.loading import load_access
from onceproof.reference_impl.collector import spare_imports
from onceproof.reference_impl.core.worker import Worker
from onceproof.reference_impl.deployment.cors import ANY_ORIGIN, allow_origins
from onceproof.reference_impl.deployment.hosting import Hosting
from onceproof.reference_impl.deployment.loopback import connect_clients, watch_clients
from onceproof.reference_impl.deployment.port import listen, reserve_port
from onceproof.reference_impl.deployment.protocol import BoundedProtocol
from onceproof.reference_impl.deployment.unread import list_unread
from onceproof.reference_impl.errors import EX_SOFTWARE
from onceproof.reference_impl.resources.assistants import register_defaults
from onceproof.reference_impl.resources.expiry import Sweeper
from onceproof.reference_impl.resources.modules import add_dependencies
from onceproof.reference_impl.resources.scheduler import Scheduler
from onceproof.reference_impl.services import Parts, Services, build
from onceproof.reference_impl.settings import Settings
from onceproof.reference_impl.webhooks.sender import Sender

log = logging.getLogger(__name__)

#: Open streams and waits are given this long to end before the process closes them.
CLOSE_S = 5

#: Longer than clients and proxies keep an idle connection, so that they close it and not we:
#: a request that crosses with our close looks to its sender like one that was lost.
KEEP_ALIVE_S = 75


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process has a worker to drain as well."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(options: argparse.Namespace, settings: Settings, parts: Parts | None) -> int:
    """Serve until a signal to stop and return the exit status; raises CannotStart."""
    place = reserve_port(options.host, options.port)
    watch_clients()
    for key in list_unread(settings.config_path):
        log.warning("%s: %r has no effect: it is not implemented here", settings.config_path, key)
    add_dependencies(settings.config_path)
    hosting = Hosting.load(settings)
    parts = parts or Parts()
    services = await build(settings, parts, partial(Alone, settings, parts))
    try:
        connect_clients(create_app(services))
        await register_defaults(services.pool, services.graphs)
        spare_imports()
        works = options.role in ("worker", "all") and settings.jobs_per_worker > 0
        if works:
            services.worker = _make_worker(services, hosting)
            if services.usage:
                services.usage.open()
        async with hosting.lifespan():
            await _serve_until_stop(options, services, hosting, place)
        spent = services.worker is not None and services.worker.is_spent
    finally:
        place.close()
        await services.close()
    return EX_SOFTWARE if spent else 0


def _make_worker(services: Services, hosting: Hosting) -> Worker:
    """A worker that also makes the webhook calls that are owed and sweeps up what has expired."""
    sender = Sender(services.pool, services.webhooks, services.settings, hosting.own)
    expiry = Sweeper(services.pool, services.lifetimes)
    chores = {"webhooks": sender.run, "expiry": expiry.run}
    return Worker(services, chores=chores, owes_call=sender.wake)


async def _serve_until_stop(
    options: argparse.Namespace, services: Services, hosting: Hosting, place: socket.socket
) -> None:
    api = options.role != "worker"
    access = load_access(services.settings.config_path)
    hosting.guard_own(access)
    app = create_app(services, api=api, access=access, hosting=hosting)
    server = _Server(
        uvicorn.Config(
            hosting.wrap(app, access) if api else allow_origins(app, ANY_ORIGIN),
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=CLOSE_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            http=BoundedProtocol,
        )
    )
    listen(place)
    log.info("%s listening on %s:%d", options.role, *place.getsockname()[:2])
    stop = _stop_on_signal()
    scheduler = Scheduler(services, services.graphs, services.webhooks)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=[place]))
        if services.worker:
            # It ends by itself when it has to be replaced.
            group.create_task(services.worker.run()).add_done_callback(lambda _: stop.set())
            group.create_task(scheduler.run())
        # A server that ends by itself must not leave a worker behind.
        serving.add_done_callback(lambda _: stop.set())
        await stop.wait()
        scheduler.stop()
        if services.worker:
            services.worker.drain()
        server.should_exit = True


def _stop_on_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second ends the process as a crash would.

    That is safe by construction: what is under way is fenced, leased and found by another worker.
    """
    stop = asyncio.Event()

    def handle_signal() -> None:
        if stop.is_set():
            log.warning("second signal to stop: exiting at once")
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, handle_signal)
    return stop
