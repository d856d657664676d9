"""One connection through the fault proxy: two sockets, a pump for each direction, and its rules.

Sockets and not asyncio's streams, because a reset is asked for at the socket and because a stream
reads ahead: here a chunk is read when the one before it has been delivered.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

REQUESTS, ANSWERS = "requests", "answers"
BOTH = (REQUESTS, ANSWERS)

CHUNK_BYTES = 64 * 1024
#: How finely a limited rate is dealt out.
PARTS_PER_S = 20
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Rules:
    """What happens to bytes, for every connection; see `proxy` for what each means."""

    held: frozenset[str] = frozenset()
    delay_s: float = 0.0
    bytes_per_s: float | None = None
    answer_bytes: int | None = None
    reset: bool = True

    @property
    def chunk_bytes(self) -> int:
        """How much is read at once."""
        if self.bytes_per_s is None:
            return CHUNK_BYTES
        return max(1, min(CHUNK_BYTES, int(self.bytes_per_s / PARTS_PER_S)))

    def takes_s(self, size: int) -> float:
        """Calculate how long `size` bytes are under way."""
        return self.delay_s + (size / self.bytes_per_s if self.bytes_per_s else 0.0)


class Pipe:
    """A connection of a client, and the one to the server that stands for it."""

    def __init__(self, client: socket.socket, rules: Rules) -> None:
        self.swallowed: frozenset[str] = frozenset()
        self._rules = rules
        self._changed = asyncio.Event()
        self._answered = 0
        self._sockets = [client]
        self._task: asyncio.Task[None] | None = None
        client.setblocking(False)
        _at_once(client)

    @property
    def open(self) -> bool:
        """Whether it has not been ended."""
        return bool(self._sockets)

    def obey(self, rules: Rules) -> None:
        """Go by these rules from now on; what waits looks at them at once."""
        self._rules, self._answered = rules, 0
        self._changed.set()
        self._changed = asyncio.Event()

    def swallow(self, directions: frozenset[str]) -> None:
        """Let what is sent in these directions vanish, its end included."""
        self.swallowed |= directions

    def cut(self, reset: bool) -> None:
        """End both connections now."""
        loop = asyncio.get_running_loop()
        sockets, self._sockets = self._sockets, []
        for each in sockets:
            if reset:
                with contextlib.suppress(OSError):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            # First, or the loop would go on watching a number that the next socket may get.
            loop.remove_reader(each)
            loop.remove_writer(each)
            each.close()
        if self._task is not None:
            self._task.cancel()

    async def run(self, connect: Callable[[], Awaitable[socket.socket]]) -> None:
        """Forward bytes until both sides have ended, one of them broke, or the pipe is cut."""
        client, broken = self._sockets[0], False
        self._task = asyncio.current_task()
        try:
            await self._let_through(REQUESTS)
            server = await connect()
            self._sockets.append(server)
            _at_once(server)
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(REQUESTS, client, server))
                pumps.create_task(self._pump(ANSWERS, server, client))
        except* OSError:
            broken = True
        except* asyncio.CancelledError:
            pass  # that was `cut`
        finally:
            self._task = None
            self.cut(reset=broken)

    async def _pump(self, direction: str, source: socket.socket, to: socket.socket) -> None:
        loop, broken = asyncio.get_running_loop(), None
        try:
            while data := await loop.sock_recv(source, self._rules.chunk_bytes):
                await self._deliver(direction, data, to)
        except OSError as error:
            broken = error
        await self._let_through(direction)
        if direction in self.swallowed:
            await asyncio.Event().wait()  # nobody hears of it; until the pipe is cut
        if broken is not None:
            raise broken
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    async def _deliver(self, direction: str, data: bytes, to: socket.socket) -> None:
        if direction in self.swallowed:
            return
        if (takes_s := self._rules.takes_s(len(data))) > 0:
            await self._wait_for_change(takes_s)
        await self._let_through(direction)
        if direction in self.swallowed:
            return
        limit = self._rules.answer_bytes if direction == ANSWERS else None
        part = data if limit is None else data[: max(0, limit - self._answered)]
        if part:
            await asyncio.get_running_loop().sock_sendall(to, part)
        if direction == ANSWERS:
            self._answered += len(part)
        if limit is not None and self._answered >= limit:
            self.cut(self._rules.reset)
            await asyncio.sleep(0)

    async def _let_through(self, direction: str) -> None:
        while direction in self._rules.held:
            await self._changed.wait()

    async def _wait_for_change(self, wait_s: float) -> None:
        """Wait, but no longer than until the rules change."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._changed.wait()


def _at_once(connection: socket.socket) -> None:
    """Small messages must not wait for each other here: that would be a delay of our own."""
    if connection.family == socket.AF_INET:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
