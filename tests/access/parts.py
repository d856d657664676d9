"""Every part of the harness that speaks to a target, as a function that asks for one path.

A part that is missing here is a part whose way in nobody tests.
"""

import asyncio
from collections.abc import Callable

from onceproof.conformance.access.clients import open_client, open_sync_client
from onceproof.conformance.access.sockets import Door
from onceproof.conformance.suite.sdk.clients import open_official_client, open_official_sync_client
from onceproof.conformance.targets.health import client_for
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.probes import ProbeGuard
from onceproof.load.connection import Connection

#: Asks the server at this base URL for its `/ok`, and returns the status.
Part = Callable[[str], int]


def ask_as_suite(url: str) -> int:
    async def ask() -> int:
        async with Api([url]) as api:
            return (await api.get("/ok")).status_code

    return asyncio.run(ask())


def ask_as_stream(url: str) -> int:
    async def ask() -> int:
        async with Api([url]) as api, api.stream("GET", "/runs/stream") as stream:
            await stream.collect()
            return stream.response.status_code

    return asyncio.run(ask())


def ask_as_observer(url: str) -> int:
    with client_for(url, 10) as client:
        return client.get(f"{url}/ok").status_code


def ask_as_load(url: str) -> int:
    connection = Connection(url, None, 10)
    try:
        return connection.exchange("GET", "/ok").status
    finally:
        connection.close()


def ask_as_client(url: str) -> int:
    async def ask() -> int:
        async with open_client(url) as client:
            return (await client.get("/ok")).status_code

    return asyncio.run(ask())


def ask_as_sync_client(url: str) -> int:
    with open_sync_client(url) as client:
        return client.get("/ok").status_code


def ask_as_official_client(url: str) -> int:
    async def ask() -> int:
        async with open_official_client(url, ProbeGuard()) as client:
            return 200 if (await client.http.get("/ok"))["ok"] else 500

    return asyncio.run(ask())


def ask_as_official_sync_client(url: str) -> int:
    with open_official_sync_client(url, ProbeGuard()) as client:
        return 200 if client.http.get("/ok")["ok"] else 500


def ask_by_socket(url: str) -> int:
    async def ask() -> int:
        door = Door(url)
        reader, writer = await door.open()
        writer.write(door.head("GET", "/ok"))
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])

    return asyncio.run(ask())


PARTS: dict[str, Part] = {
    "suite": ask_as_suite,
    "stream": ask_as_stream,
    "observer": ask_as_observer,
    "load": ask_as_load,
    "client": ask_as_client,
    "sync-client": ask_as_sync_client,
    "official": ask_as_official_client,
    "official-sync": ask_as_official_sync_client,
    "socket": ask_by_socket,
}
#: A bare socket sends one request, and leaves a refusal to its test.
RENEWING = {name: part for name, part in PARTS.items() if name != "socket"}
