"""A request whose body is announced, but never sent."""

import asyncio

from onceproof.conformance.access.sockets import Door

#: More than any limit in use: 1 TiB.
ANNOUNCED = 1 << 40
ANSWER_S = 10.0


async def announce_body(url: str) -> int | None:
    """Send a length without a body; return the status, None if no answer came in time."""
    door = Door(url)
    fields = {"content-type": "application/json", "content-length": str(ANNOUNCED)}
    reader, writer = await door.open()
    try:
        writer.write(door.head("POST", "/threads", fields))
        async with asyncio.timeout(ANSWER_S):
            words = (await reader.readline()).split()
    except (TimeoutError, ConnectionError):
        return None
    finally:
        writer.close()
    return int(words[1]) if len(words) > 1 else None
