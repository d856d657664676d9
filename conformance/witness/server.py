"""A small HTTP/1.1 server on a thread and an event loop of its own.

Why not uvicorn and Starlette: the witness shares its processor with the load generator. With the
same handler and parser they served 2,200, 5,900 and 6,100 requests per CPU second over 1, 16 and
64 connections, this protocol 5,400, 15,500 and 22,900. Requests of one connection are answered
in order, pipelined or not; idle connections are never closed, so no client meets one that it
would have to retry on.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import ClassVar, Self
from weakref import WeakSet

from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.witness.connection import Connection, Request, Response, refusal

BACKLOG = 2048
EVERY_ADDRESS = ("0.0.0.0", "::")


class WitnessServer(ABC):
    """Answers requests with `receive`, on the server's own thread, from start to stop."""

    name: ClassVar[str]

    def __init__(self, *, host: str = "127.0.0.1", public_host: str | None = None) -> None:
        """`host` is listened on; `public_host` is the name under which targets reach it."""
        if public_host is None and host in EVERY_ADDRESS:
            raise UsageError(
                f"the {self.name} listens on every address ('{host}'), so say under which name "
                "targets reach it: public_host='host.docker.internal', for example"
            )
        self._host = host
        self._public_host = public_host or host
        self._port = 0
        self._thread: threading.Thread | None = None
        self._connections: WeakSet[Connection] = WeakSet()
        self._failure: Exception | None = None

    @abstractmethod
    def receive(self, request: Request) -> Response | Awaitable[Response]:
        """Answer one request; runs on the server's thread, so it must not block."""

    @property
    def host(self) -> str:
        """The address that it listens on."""
        return self._host

    @property
    def url(self) -> str:
        """The base URL to give to targets, without a slash at the end; valid after start."""
        if not self._port:
            raise OnceproofError(f"the {self.name} has no address before it is started")
        name = f"[{self._public_host}]" if ":" in self._public_host else self._public_host
        return f"http://{name}:{self._port}"

    def start(self) -> None:
        """Listen on a free port, or on the one it had when it was stopped.

        Raises OnceproofError when `host` cannot be listened on.
        """
        listening: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listening)), name=self.name, daemon=True
        )
        self._thread.start()
        try:
            self._port = listening.result()
        except OSError as error:
            self._thread = None
            raise OnceproofError(
                f"the {self.name} cannot listen on '{self._host}': {error}"
            ) from error

    def stop(self) -> None:
        """Close connections and end the thread; raise OnceproofError if a request broke the server.

        A witness that failed has not seen everything, so its silence would prove nothing.
        """
        if self._thread is None:
            return
        self.call(self._stopping.set)
        self._thread.join()
        self._thread = None
        if self._failure:
            raise OnceproofError(
                f"the {self.name} failed while it answered a request ({self._failure!r}), so "
                "what it recorded is not complete"
            ) from self._failure

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def call(self, function: Callable[[], object]) -> None:
        """Run `function` soon on the server's thread; not at all once it is stopped."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(function)

    async def _serve(self, listening: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            server = await self._loop.create_server(
                self._connect, self._host, self._port or None, backlog=BACKLOG
            )
        except OSError as error:
            listening.set_exception(error)
            return
        listening.set_result(server.sockets[0].getsockname()[1])
        await self._stopping.wait()
        server.close()
        for connection in list(self._connections):
            connection.hang_up()

    def _connect(self) -> Connection:
        connection = Connection(self._guard)
        self._connections.add(connection)
        return connection

    def _guard(self, request: Request) -> Response | Awaitable[Response]:
        try:
            answer = self.receive(request)
        except Exception as error:
            return self._broken(error)
        return answer if isinstance(answer, Response) else self._guard_later(answer)

    async def _guard_later(self, answer: Awaitable[Response]) -> Response:
        try:
            return await answer
        except Exception as error:
            return self._broken(error)

    def _broken(self, error: Exception) -> Response:
        self._failure = self._failure or error
        return refusal(500, f"the {self.name} itself failed: {error!r}")
