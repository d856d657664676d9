"""One process of the target with an environment of its own, seen until it serves or gives up."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from conformance.session import Session
from conformance.stacks.ports import free_port
from conformance.suite.signals import inconclusive
from conformance.targets.template import CommandTemplate, filled

START_S = 40.0
STOP_S = 15.0
POLL_S = 0.05

DATABASES = (
    *("DATABASE_URI", "POSTGRES_URI", "DATABASE_URI_CUSTOM", "POSTGRES_URI_CUSTOM"),
    *("REDIS_URI", "REDIS_URI_CUSTOM"),
)


@dataclass
class Boot:
    """A process that was started; `answers` are the statuses its health route gave meanwhile."""

    process: asyncio.subprocess.Process
    url: str
    log: Path
    answers: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        return self.process.returncode

    @property
    def output(self) -> str:
        """All it has written."""
        return self.log.read_text(errors="replace")

    @property
    def serves(self) -> bool:
        """Whether it was ever healthy."""
        return 200 in self.answers

    async def stop(self) -> int | None:
        """SIGTERM, and SIGKILL for what is left; the exit status, None if it had to be killed."""
        if self.status is None:
            self.process.terminate()
        try:
            return await asyncio.wait_for(self.process.wait(), STOP_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            return None


@asynccontextmanager
async def boot(session: Session, env: Mapping[str, str]) -> AsyncIterator[Boot]:
    """Start it with no database but those of `env`; enter when it is healthy or has exited."""
    if session.target.kind not in ("reference", "command"):
        inconclusive(f"a target of kind {session.target.kind!r} is not ours to start")
    port = free_port()
    around = {name: value for name, value in os.environ.items() if name not in DATABASES}
    name = f"boot-{uuid4().hex[:8]}"
    settings = session.options.settings(session.folder / name)
    told = {**settings, "PORT": str(port), **env}
    environ = {**around, **told, **filled(told, told)}
    log = session.folder / f"{name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *_argv(session, port, environ), env=environ, stdout=output, stderr=output
        )
    made = Boot(process, f"http://127.0.0.1:{port}", log)
    try:
        await _settled(made)
        yield made
    finally:
        await made.stop()


async def refusal(session: Session, env: Mapping[str, str]) -> Boot:
    """What came of a start that should not succeed."""
    async with boot(session, env) as made:
        return made


def _argv(session: Session, port: int, environ: Mapping[str, str]) -> list[str]:
    """A command is told its port as its author wants; the reference server reads PORT."""
    if session.options.command:
        return CommandTemplate(session.options.command).argv(port, "api", environ)
    return [sys.executable, "-m", "reference_impl"]


async def _settled(made: Boot) -> None:
    exited = asyncio.create_task(made.process.wait())
    try:
        async with asyncio.timeout(START_S), httpx.AsyncClient(trust_env=False) as client:
            while not made.serves and not exited.done():
                await asyncio.wait({exited}, timeout=POLL_S)
                with contextlib.suppress(httpx.TransportError):
                    made.answers.append((await client.get(f"{made.url}/ok")).status_code)
    except TimeoutError:
        return
    finally:
        exited.cancel()
