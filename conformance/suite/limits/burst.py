"""Requests that reach a replica at once: all connections are open before the first is sent."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import AsyncExitStack

from onceproof.conformance.wire.bare import compose_request
from onceproof.conformance.wire.client import Api

#: Errors that mean that no answer came.
NO_ANSWER = (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError)


async def send_burst(api: Api, request: str, count: int, *, timeout_s: float) -> list[str]:
    """Send `count` requests at once; return the status of each (and Retry-After), or its error."""
    line, _, body = request.partition("\n")
    method, _, path = line.partition(" ")
    door, message = compose_request(api, method, path, body.encode())
    async with AsyncExitStack() as stack:
        streams: list[tuple[StreamReader, StreamWriter]] = []
        for _ in range(count):
            streams.append(await door.open())
            stack.callback(streams[-1][1].close)
        for _, writer in streams:
            writer.write(message)
        return await asyncio.gather(*(_read_form(reader, timeout_s) for reader, _ in streams))


async def _read_form(reader: StreamReader, timeout_s: float) -> str:
    try:
        async with asyncio.timeout(timeout_s):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    except NO_ANSWER as error:
        return type(error).__name__
    status = head.split(" ", 2)[1]
    has_retry_after = status == "429" and "\r\nretry-after:" in head
    return f"{status} with Retry-After" if has_retry_after else status
