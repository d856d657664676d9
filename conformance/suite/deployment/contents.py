"""What is in a Redis and in a Postgres, seen past the server."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import redis.asyncio as redis


@dataclass(frozen=True)
class Key:
    """A key of a Redis number: its remaining seconds (None: for ever) and its whole content."""

    name: str
    ttl_s: int | None
    content: bytes


async def keys(redis_uri: str) -> list[Key]:
    """Return all keys of the number that the URI names."""
    async with redis.Redis.from_url(redis_uri) as client:
        names = [name async for name in client.scan_iter(count=1000)]
        return [await _key(client, name) for name in names]


async def _key(client: Any, name: bytes) -> Key:
    ttl_s, content = await client.ttl(name), await client.dump(name)
    kind = (await client.type(name)).decode()
    if kind == "stream":  # DUMP may compress long values, so what can be read is read
        content = repr(await client.xrange(name)).encode()
    elif kind == "string":
        content = await client.get(name)
    return Key(name.decode(errors="replace"), ttl_s if ttl_s >= 0 else None, content or b"")


async def keyspace(redis_uri: str) -> dict[int, int]:
    """Count the keys in each number that has any."""
    async with redis.Redis.from_url(redis_uri) as client:
        info: Mapping[str, Any] = await client.info("keyspace")
    return {int(name.removeprefix("db")): about["keys"] for name, about in info.items()}


async def channels(redis_uri: str) -> list[str]:
    """Return the channels that have subscribers, in all numbers."""
    async with redis.Redis.from_url(redis_uri) as client:
        heard: list[Any] = await client.pubsub_channels()
    return [channel.decode(errors="replace") for channel in heard]


@asynccontextmanager
async def watch_publications(redis_uri: str) -> AsyncIterator[set[tuple[int, str]]]:
    """Fills with (database number of the client, channel) of all that is published meanwhile."""
    seen: set[tuple[int, str]] = set()

    async def listen(monitor: Any) -> None:
        async for said in monitor.listen():
            word, _, rest = said["command"].partition(" ")
            if word.lower() == "publish":
                seen.add((said["db"], rest.partition(" ")[0]))

    async with redis.Redis.from_url(redis_uri) as client, client.monitor() as monitor:
        listening = asyncio.create_task(listen(monitor))
        try:
            yield seen
        finally:
            listening.cancel()


async def flush(redis_uri: str) -> None:
    """Delete everything in the number that the URI names."""
    async with redis.Redis.from_url(redis_uri) as client:
        await client.flushdb()


async def run_query(database_uri: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    connection = await asyncpg.connect(database_uri)
    try:
        return [tuple(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()
