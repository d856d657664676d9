"""Where the URL leads: the addresses of its host, and a proxy that stands between."""

import asyncio
import socket

from onceproof.conformance.access.proxies import proxy_for
from onceproof.conformance.access.sockets import Door
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import ASK_S, Visit

PLACE = 10


async def ask(visit: Visit) -> Finding:
    """Answer with the addresses, or with the proxy that will look them up."""
    door, proxy = Door(visit.url), proxy_for(visit.url)
    if proxy is not None:
        return Finding(Outcome.OK, f"{door.host} is reached by the proxy {proxy.host}:{proxy.port}")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(ASK_S):
            found = await loop.getaddrinfo(door.host, door.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Finding(
            Outcome.UNREACHABLE,
            f"the host name {door.host} is unknown",
            "correct --url, or set HTTPS_PROXY if only a proxy knows it",
        )
    addresses = sorted({str(each[4][0]) for each in found})
    named = "" if addresses == [door.host] else f"{door.host} is "
    return Finding(Outcome.OK, f"{named}{', '.join(addresses)}, port {door.port}")
