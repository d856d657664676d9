"""One process of the server: parse, start, serve, drain on SIGTERM or SIGINT, exit.

Exit statuses, after sysexits.h where that has a word for it:

0    told to stop, and stopped in order
1    told to stop a second time, or failed
75   Postgres or Redis is held by another live deployment; it may be free later
77   the licence key was refused, or could not be authenticated
78   the configuration cannot work: a variable, langgraph.json, or a database out of reach
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence

import uvicorn
import uvloop
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reference_impl import config, licence
from reference_impl.app import create_app
from reference_impl.assistants import register_defaults
from reference_impl.auth import loading
from reference_impl.hosting import Hosting
from reference_impl.scheduler import Scheduler
from reference_impl.services import DependencyError, Parts, Services, build
from reference_impl.settings import Settings
from reference_impl.tenancy import Occupied
from reference_impl.worker import Worker

log = logging.getLogger("reference_impl")

EX_TEMPFAIL, EX_NOPERM, EX_CONFIG = 75, 77, 78

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


def main(argv: Sequence[str] | None = None, parts: Parts | None = None) -> int:
    """Run until told to stop, or until it is clear that this cannot start; the exit status."""
    options = _parser().parse_args(argv)
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of each call to the beacon
    try:
        config.apply_env()
        settings = Settings()  # type: ignore[call-arg]
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(options, settings, parts))
    except ValidationError as error:
        return _refused(EX_CONFIG, "; ".join(map(_correction, error.errors())))
    except (config.ConfigError, DependencyError) as error:
        return _refused(EX_CONFIG, str(error))
    except licence.LicenceRefused as error:
        return _refused(EX_NOPERM, str(error))
    except Occupied as error:
        return _refused(EX_TEMPFAIL, str(error))


def _refused(status: int, sentence: str) -> int:
    print(f"cannot start: {sentence}", file=sys.stderr)
    return status


def _correction(error: ErrorDetails) -> str:
    """What to do about one variable. Its value is not repeated: it may be a password."""
    variable = str(error["loc"][0]).removesuffix("_CUSTOM")
    if error["type"] == "missing":
        return f"set {variable} in the environment"
    return f"{variable}: {error['msg'].removeprefix('Value error, ')}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reference_impl", description=__doc__)
    parser.add_argument("--role", choices=("api", "worker", "all"), default="all")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000)
    parser.add_argument("--log-level", default="info")
    return parser


async def _serve(options: argparse.Namespace, settings: Settings, parts: Parts | None) -> int:
    await licence.authenticate(settings)
    hosting = Hosting.load(settings)
    services = await build(settings, parts)
    try:
        await register_defaults(services.pool, services.graphs)
        works = options.role in ("worker", "all") and settings.jobs_per_worker > 0
        if works:
            services.worker = Worker(services)
            if services.usage:
                services.usage.open()
        async with hosting.lifespan(options.role != "worker"):
            await _until_stopped(options, services, hosting)
    finally:
        await services.close()
    return 0


async def _until_stopped(options: argparse.Namespace, services: Services, hosting: Hosting) -> None:
    api = options.role != "worker"
    access = loading.load(services.settings.config_path) if api else None
    app = create_app(services, api=api, access=access, served=hosting.serves)
    server = _Server(
        uvicorn.Config(
            hosting.wrap(app) if api else app,
            host=options.host,
            port=options.port,
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=CLOSE_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            http="httptools",
        )
    )
    stop = _stop_on_signal()
    scheduler = Scheduler(services)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve())
        if services.worker:
            group.create_task(services.worker.run())
            group.create_task(scheduler.run())
        # A server that ends by itself, its port taken for example, must not leave a worker behind.
        serving.add_done_callback(lambda _: stop.set())
        log.info("%s listening on %s:%d", options.role, options.host, options.port)
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

    def told() -> None:
        if stop.is_set():
            log.warning("told to stop a second time: leaving at once")
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    return stop
