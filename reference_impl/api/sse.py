"""Long answers: event streams and awaited results, which both keep the connection alive.

Starlette's own streaming answer learns that the client has gone only when it next sends. These
answers watch for it, so that `on_disconnect: cancel` stops the run at once rather than at the
next event.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from onceproof.reference_impl import encoding

HEARTBEAT = b": heartbeat\r\n\r\n"


def frame(name: str, data: str, event_id: str = "") -> bytes:
    """Encode one event for the wire: CRLF line ends, the id after the data."""
    tail = f"id: {event_id}\r\n\r\n" if event_id else "\r\n"
    return f"event: {name}\r\ndata: {data}\r\n{tail}".encode()


def stream_error(kind: str, message: str) -> bytes:
    """Encode the error event that breaks a stream off before the run's end."""
    return frame("error", encoding.dumps({"error": kind, "message": message}).decode())


class LongAnswer(Response):
    """Sends chunks as they come until they end or the client goes."""

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        *,
        media_type: str,
        headers: dict[str, str],
        gone: Callable[[], Awaitable[object]] | None = None,
    ):
        super().__init__(media_type=media_type, headers=headers)
        del self.headers["content-length"]
        self._chunks = chunks
        self._gone = gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_wait_for_disconnect(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not sending.done():
                sending.cancel()
                await asyncio.wait({sending})
        if sending.cancelled():
            if self._gone is not None:
                await self._gone()
            return
        sending.result()

    async def _send_all(self, send: Send) -> None:
        async for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def event_stream(
    chunks: AsyncIterator[bytes],
    headers: dict[str, str],
    gone: Callable[[], Awaitable[object]] | None = None,
) -> LongAnswer:
    """Return an event stream that asks proxies not to buffer it."""
    return LongAnswer(
        chunks,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no", **headers},
        gone=gone,
    )
