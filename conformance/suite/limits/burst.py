"""Requests that reach a replica at one instant: their connections are open before the first."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

#: What says that no answer came.
NO_ANSWER = (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError)


async def burst(url: str, request: str, count: int, *, timeout_s: float) -> list[str]:
    """The form of each answer: its status, with Retry-After if it has that, or what went wrong."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    head, _, body = request.partition("\n")
    lines = [f"{head} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    message = "\r\n".join([*lines, "Content-Type: application/json", "", body]).encode()
    async with AsyncExitStack() as stack:
        streams: list[tuple[StreamReader, StreamWriter]] = []
        for _ in range(count):
            streams.append(await asyncio.open_connection(host, port))
            stack.callback(streams[-1][1].close)
        for _, writer in streams:
            writer.write(message)
        return await asyncio.gather(*(_form_of(reader, timeout_s) for reader, _ in streams))


async def _form_of(reader: StreamReader, timeout_s: float) -> str:
    try:
        async with asyncio.timeout(timeout_s):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    except NO_ANSWER as error:
        return type(error).__name__
    status = head.split(" ", 2)[1]
    told = status == "429" and "\r\nretry-after:" in head
    return f"{status} with Retry-After" if told else status
