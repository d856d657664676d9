"""A TCP proxy to break connections with: what a network does to them, at a time of our choosing.

Own code and not a tool's, because faults that certify must also act on connections that are
established already. Every fault holds until `heal`, for old and new connections alike unless said
otherwise; all methods may be called from any thread and return when their effect holds.

cut          established connections end now, by a reset or in order
refuse       new connections are refused, established ones go on
hold         nothing is delivered and nothing is lost, as packets are that TCP sends again: once
             healed the connection goes on where it stood (a partition shorter than TCP's patience)
half_open    what is established is silent for ever, whatever is written to it; new connections
             work. Reset when healed, since what was swallowed is missing
slow         each chunk is late by `delay_s`, and no more than `bytes_per_s` get through
cut_answers  a request gets through, its answer only up to some bytes: then the connection ends

Memory is bounded: a direction of a connection holds one chunk and reads no more before it is
delivered, so a slow or held receiver is felt by the sender as it would be without the proxy.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Self, TypeVar

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.faults.pipe import BOTH, Pipe, Rules

T = TypeVar("T")

#: Where a proxy leads: a host and port, or the path of a Unix socket.
Address = tuple[str, int] | str

CONNECT_S = 10.0
BACKLOG = 512


class Proxy:
    """Listens on a free port of 127.0.0.1 from `start` to `stop` and leads to `upstream`."""

    def __init__(self, upstream: Address) -> None:
        self.port = 0
        self._upstream = upstream
        self._rules = Rules()
        self._pipes: dict[Pipe, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; OnceproofError when no port can be had."""
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main(started)), name="fault proxy", daemon=True
        )
        self._thread.start()
        try:
            started.result()
        except OSError as error:
            raise OnceproofError(f"a fault proxy cannot listen on 127.0.0.1: {error}") from error

    def stop(self) -> None:
        """End every connection and the thread; without effect on one that is not started."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def connections(self) -> int:
        """How many connections there are now."""
        return sum(pipe.open for pipe in list(self._pipes))

    # -- faults --------------------------------------------------------------------------------

    def cut(self, *, reset: bool = True) -> int:
        """End what is established, by a reset or in order; how many that were."""
        return self._call(lambda: _each(self._pipes, lambda pipe: pipe.cut(reset)))

    def refuse(self) -> None:
        """Refuse new connections."""
        self._call(self._close_listener)

    def hold(self, directions: Iterable[str] = BOTH) -> None:
        """Deliver nothing in these directions: "requests", "answers", or both."""
        self._rule(held=frozenset(directions))

    def half_open(self, directions: Iterable[str] = BOTH) -> int:
        """Drop what established connections carry from now on; return how many they are."""
        swallowed = frozenset(directions)
        return self._call(lambda: _each(self._pipes, lambda pipe: pipe.swallow(swallowed)))

    def slow(self, *, delay_s: float = 0.0, bytes_per_s: float | None = None) -> None:
        """Deliver late, and no more than `bytes_per_s` in each direction."""
        self._rule(delay_s=delay_s, bytes_per_s=bytes_per_s)

    def cut_answers(self, after_bytes: int = 0, *, reset: bool = True) -> None:
        """Forward `after_bytes` more of the answers of each connection, then end it.

        With 0 the first byte of an answer ends it: the request was taken, and nobody learns of it.
        """
        self._rule(answer_bytes=after_bytes, reset=reset)

    def heal(self) -> None:
        """Listen again, deliver what was held, and reset what swallowed something."""
        self._call(self._heal)

    # -- on the proxy's own thread -------------------------------------------------------------

    def _rule(self, **changed: Any) -> None:
        self._call(lambda: self._set(replace(self._rules, **changed)))

    def _set(self, rules: Rules) -> None:
        self._rules = rules
        for pipe in self._pipes:
            pipe.obey(rules)

    def _heal(self) -> None:
        self._set(Rules())
        _each((pipe for pipe in self._pipes if pipe.swallowed), lambda pipe: pipe.cut(reset=True))
        if self._listener is None:
            self._listen()

    def _call(self, act: Callable[[], T]) -> T:
        """Run `act` on the proxy's thread, and return when it has happened."""
        if self._loop is None or self._thread is None:
            raise OnceproofError("the fault proxy is not started")

        async def act_and_settle() -> T:
            done = act()
            await asyncio.sleep(0)  # let what was cancelled come to its end
            return done

        return asyncio.run_coroutine_threadsafe(act_and_settle(), self._loop).result()

    async def _main(self, started: Future[None]) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        try:
            self._listen()
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(None)
        await self._stopped.wait()
        self._close_listener()
        _each(self._pipes, lambda pipe: pipe.cut(reset=False))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._accepting = asyncio.get_running_loop().create_task(self._accept(listener))

    def _close_listener(self) -> None:
        if self._accepting is not None and self._listener is not None:
            self._accepting.cancel()
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._accepting = self._listener = None

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(listener)
            task = loop.create_task(self._carry(client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, client: socket.socket) -> None:
        """One connection, from its acceptance to its end."""
        pipe = Pipe(client, self._rules)
        self._pipes[pipe] = None
        try:
            await pipe.run(lambda: _connect(self._upstream))
        finally:
            del self._pipes[pipe]


def _each(pipes: Iterable[Pipe], act: Callable[[Pipe], None]) -> int:
    every = list(pipes)
    for pipe in every:
        act(pipe)
    return len(every)


async def _connect(upstream: Address) -> socket.socket:
    made = socket.socket(_family(upstream))
    made.setblocking(False)
    try:
        async with asyncio.timeout(CONNECT_S):
            await asyncio.get_running_loop().sock_connect(made, upstream)
    except BaseException:
        made.close()
        raise
    return made


def _family(upstream: Address) -> socket.AddressFamily:
    if isinstance(upstream, str):
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in upstream[0] else socket.AF_INET
