"""What a host stands for, and which addresses a server must not be made to call.

A client names the webhook, but the server calls it, from inside a network where machines trust
each other. The metadata services of clouds hand out credentials to whoever asks; the link is where
they live. Loopback is the server's own machine, by whichever of its addresses it is called. Other
private networks are allowed unless the deployment says otherwise: services that run beside the
server are what webhooks of an own deployment are for.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

#: Metadata services that are not on the link.
_METADATA = frozenset(
    map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"))
)
_METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog", "instance-data"})
#: Addresses in which an IPv4 address is written as an IPv6 one.
_NAT64 = ip_network("64:ff9b::/96")
_THIS_HOST = ip_network("0.0.0.0/8")


async def resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of a name, or the address that `host` is, in any notation.

    Raises OSError for a name that does not resolve now.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host!r} is not a host name: {error}") from error
    return list(dict.fromkeys(ip_address(item[4][0]) for item in found))


def explain_name(host: str) -> str | None:
    """Explain why this name may never be called; None if the name alone forbids nothing."""
    if host.rstrip(".").lower() in _METADATA_NAMES:
        return f"{host} is a metadata service"
    return None


def explain_address(address: Address, *, loopback: bool, private: bool = True) -> str | None:
    """Explain why this address may not be called; None if it may.

    `loopback` allows this host, `private` the networks that are not part of the internet.
    """
    inner = _inner(address)
    if inner in _METADATA:
        return f"{address} is a metadata service"
    if inner.is_link_local:
        return f"{address} is a link-local address"
    if inner.is_multicast or inner == IPv4Address("255.255.255.255"):
        return f"{address} does not belong to a single machine"
    if not loopback and (inner.is_loopback or inner.is_unspecified or inner in _THIS_HOST):
        return f"{address} is a loopback address"
    if not loopback and _is_own(inner):
        return f"{address} is an address of the server's own machine"
    if not private and inner.is_private and not inner.is_loopback:
        return f"{address} is in a private network"
    return None


def _is_own(address: Address) -> bool:
    """Whether an interface of this machine has the address: nobody can bind to another's."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as made:
            made.bind((str(address), 0))
    except OSError:
        return False
    return True


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
