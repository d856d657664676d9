"""The line from a probe to the effect sink: JSON over HTTP/1.1, kept alive, standard library only.

Why not httpx: a witness must not be what a load test measures. A request costs 0.1 to 0.3 ms of
the worker's CPU here and 1.9 ms with httpx, and nothing has to be installed beside the target.
It speaks to the sink alone, which always states a content length and never closes an idle
connection, so a request is sent once and never retried: a retried `begin` would look like a
second execution.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

CONNECT_S = 10
ANSWER_S = 120  # longer than any gate the harness may hold a `begin` at

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Address = tuple[str, int]
#: A JSON object, such as a message to the sink or its answer.
Json = dict[str, Any]
Pool = dict[Address, list[Connection]]

# A connection belongs to the loop that opened it, and a server may run each run on a new loop.
_pools: dict[asyncio.AbstractEventLoop, tuple[Pool, AsyncGenerator[Pool, None]]] = {}


class SinkError(Exception):
    """The effect sink could not be reached or refused a message, so nothing can be witnessed."""


async def post(url: str, message: Json) -> Json:
    """Send `message` to `url` and return the sink's answer; raise SinkError when there is none."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise SinkError(f"'{url}' is not the address of an effect sink: expected http://HOST:PORT")
    address = (parts.hostname, parts.port or 80)
    idle = (await _pool()).setdefault(address, [])
    try:
        reader, writer = await _connection(address, idle)
        try:
            writer.write(_request(parts.path, parts.netloc, message))
            async with asyncio.timeout(ANSWER_S):
                status, answer = await _answer(reader)
        except BaseException:
            writer.close()  # a half-read answer must not be met by the next request
            raise
    except (OSError, EOFError, TimeoutError) as error:
        raise SinkError(
            f"the effect sink at {url} did not answer ({type(error).__name__}: {error}): "
            "it must be reachable from where the graphs run"
        ) from error
    idle.append((reader, writer))
    if status != 200:
        raise SinkError(f"the effect sink refused {url} with {status}: {answer.get('error')}")
    return answer


async def _connection(address: Address, idle: list[Connection]) -> Connection:
    while idle:
        reader, writer = idle.pop()
        if not reader.at_eof() and not writer.is_closing():
            return reader, writer
        writer.close()
    async with asyncio.timeout(CONNECT_S):
        return await asyncio.open_connection(*address)


async def _pool() -> Pool:
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        keeper = _keeper(loop)
        _pools[loop] = await anext(keeper), keeper
    return _pools[loop][0]


async def _keeper(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[Pool, None]:
    """Hold the idle connections of `loop` and close them with it.

    A loop that shuts down closes its asynchronous generators: the one moment it can be notified.
    """
    pool: Pool = {}
    try:
        yield pool
    finally:
        del _pools[loop]
        for _, writer in chain.from_iterable(pool.values()):
            writer.close()


def _request(path: str, host: str, message: Json) -> bytes:
    body = json.dumps(message).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, Json]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    length = head.split("content-length:", 1)[1].split("\r\n", 1)[0]
    return status, json.loads(await reader.readexactly(int(length)))
