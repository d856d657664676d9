"""A thousand streams on one replica, of silent runs: bare sockets, as cheap as possible."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psutil

from onceproof.conformance.access.sockets import Door
from onceproof.conformance.targets import Levers
from onceproof.conformance.wire.concurrency import gather_within_limit

#: Connections opened at once; more could overflow the server's accept queue.
AT_ONCE = 50
OPEN_S = 30.0


@dataclass
class IdleStream:
    """One stream: its answer's head, and how many chunks came after it."""

    head: bytes = b""
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    @property
    def status(self) -> str:
        """The status of the answer; empty while none has come."""
        return self.head.split(b" ", 2)[1].decode() if self.head else ""

    async def follow(self, reader: asyncio.StreamReader) -> None:
        """Follow the stream to its end, and note that something came."""
        while await reader.read(65_536):
            self.heard.set()
        self.closed = True


@asynccontextmanager
async def open_idle_streams(url: str, paths: Sequence[str]) -> AsyncIterator[list[IdleStream]]:
    """Open the streams at these paths of one replica; all have answered when the block begins."""
    writers: list[asyncio.StreamWriter] = []
    tasks: list[asyncio.Task[None]] = []
    door = Door(url)

    async def open_stream(path: str) -> IdleStream:
        reader, writer = await door.open()
        writers.append(writer)
        writer.write(door.head("GET", path))
        try:
            stream = IdleStream(await reader.readuntil(b"\r\n\r\n"))
        except EOFError:
            raise AssertionError(
                f"of {len(paths)} streams one was closed without an answer when {len(tasks)} were "
                "open: look for a limit on connections, also of a gateway"
            ) from None
        tasks.append(asyncio.create_task(stream.follow(reader)))
        return stream

    try:
        async with asyncio.timeout(OPEN_S):
            streams = await gather_within_limit(map(open_stream, paths), AT_ONCE)
        yield streams
    finally:
        for task in tasks:
            task.cancel()
        for writer in writers:
            writer.close()


def resident_bytes(levers: Levers, replica: str) -> int:
    """Return the resident memory of a replica's processes; 0 if they are not visible from here."""
    return sum(psutil.Process(pid).memory_info().rss for pid in levers.pids(replica))
