"""Requests have to begin in reasonable size and time."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
import uvicorn
from uvicorn.server import ServerState

from onceproof.reference_impl.deployment import protocol
from onceproof.reference_impl.deployment.protocol import MAX_HEAD_BYTES, BoundedProtocol

pytestmark = pytest.mark.anyio


async def app(scope: dict, receive, send) -> None:  # type: ignore[no-untyped-def, type-arg]
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(app, lifespan="off", log_level="error")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: BoundedProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield server.sockets[0].getsockname()[1]
    server.close()


async def answer(port: int, parts: Iterable[bytes]) -> str:
    """Send the parts and return the status line of what comes back before the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0)
    line = await asyncio.wait_for(reader.readline(), 20)
    writer.close()
    return line.decode().strip()


REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n"


async def test_an_ordinary_request_is_answered(port: int) -> None:
    assert await answer(port, [REQUEST + b"\r\n"]) == "HTTP/1.1 200 OK"


async def test_a_request_in_pieces_is_answered(port: int) -> None:
    pieces = [bytes([byte]) for byte in REQUEST + b"\r\n"]
    assert await answer(port, pieces) == "HTTP/1.1 200 OK"


async def test_a_large_body_is_no_large_header(port: int) -> None:
    length = f"content-length: {10 * MAX_HEAD_BYTES}\r\n\r\n".encode()
    body = b"x" * (10 * MAX_HEAD_BYTES)
    assert await answer(port, [REQUEST + length, body]) == "HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    "head",
    [
        REQUEST + b"a: " + b"x" * 300_000,
        REQUEST + b"a: " + b"x" * 300_000 + b"\r\n\r\n",
        REQUEST + b"a: b\r\n" * 100_000 + b"\r\n",
    ],
    ids=["one that never ends", "one that is large", "many"],
)
async def test_large_headers_are_refused(port: int, head: bytes) -> None:
    status = "HTTP/1.1 431 Request Header Fields Too Large"
    assert await answer(port, [head]) == status


@pytest.mark.parametrize("part", [b"", REQUEST], ids=["nothing", "half a request"])
async def test_a_request_that_does_not_come_is_given_up(
    part: bytes, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT_S", 0.05)
    assert await answer(port, [part]) == "HTTP/1.1 408 Request Timeout"


async def test_what_is_not_http_is_refused(port: int) -> None:
    assert await answer(port, [b"no http at all\r\n\r\n"]) == "HTTP/1.1 400 Bad Request"
