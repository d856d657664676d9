"""What a plain client meets at a node of a Redis Cluster: it answers, and then sends on.

Every key belongs to another node, at an address of TEST-NET-1 where there is nobody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_INFO = (
    "redis_version:7.2.4\r\nredis_mode:cluster\r\ncluster_enabled:1\r\nloading:0\r\nrole:master\r\n"
)
_ELSEWHERE = b"-MOVED 3999 192.0.2.1:6379\r\n"
_ANSWERS = {
    "ping": b"+PONG\r\n",
    "auth": b"+OK\r\n",
    "select": b"+OK\r\n",
    "client": b"+OK\r\n",
    "hello": b"%2\r\n$5\r\nproto\r\n:3\r\n$4\r\nmode\r\n$7\r\ncluster\r\n",
    "info": f"${len(_INFO)}\r\n{_INFO}\r\n".encode(),
    "publish": b":0\r\n",
    "command": b"*0\r\n",
    "config": b"*0\r\n",
}


@asynccontextmanager
async def serve_cluster_node(host: str) -> AsyncIterator[str]:
    """Serve the node during the block; its URI."""
    server = await asyncio.start_server(_talk, host, 0)
    async with server:
        yield f"redis://{host}:{server.sockets[0].getsockname()[1]}/0"


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    push = "*"
    with suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
        while True:
            words = await _read_command(reader)
            push = ">" if words[0].lower() == "hello" else push
            writer.write(_answer(words, push))
            await writer.drain()
    writer.close()


async def _read_command(reader: asyncio.StreamReader) -> list[str]:
    count = int((await reader.readuntil(b"\r\n"))[1:])
    words = []
    for _ in range(count):
        size = int((await reader.readuntil(b"\r\n"))[1:])
        words.append((await reader.readexactly(size + 2))[:-2].decode(errors="replace"))
    return words


def _answer(words: list[str], push: str) -> bytes:
    """The answer; `push` begins what a subscriber gets, which depends on the protocol."""
    name, *arguments = words
    if name.lower() in ("subscribe", "psubscribe"):
        made = [_confirm(name.lower(), each, n + 1) for n, each in enumerate(arguments)]
        return "".join(f"{push}{one}" for one in made).encode()
    return _ANSWERS.get(name.lower(), _ELSEWHERE)


def _confirm(name: str, channel: str, count: int) -> str:
    texts = "".join(f"${len(text.encode())}\r\n{text}\r\n" for text in (name, channel))
    return f"3\r\n{texts}:{count}\r\n"
