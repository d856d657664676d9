"""A request whose body is announced, but never sent."""

import asyncio
from urllib.parse import urlsplit

#: More than any limit in use: 1 TiB.
ANNOUNCED = 1 << 40
ANSWER_S = 10.0


async def announce_body(url: str) -> int | None:
    """Send a length without a body; return the status, None if no answer came in time."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure or None)
    try:
        writer.write(
            f"POST {parts.path}/threads HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {ANNOUNCED}\r\n\r\n".encode()
        )
        async with asyncio.timeout(ANSWER_S):
            words = (await reader.readline()).split()
    except (TimeoutError, ConnectionError):
        return None
    finally:
        writer.close()
    return int(words[1]) if len(words) > 1 else None
