"""Requests that a test sends over a socket of its own, byte by byte.

They carry the mark of a guest and name no probe that is missing, like all others: whoever writes
one lets it be composed here.
"""

from collections.abc import Mapping

from onceproof.conformance.access.sockets import Door
from onceproof.conformance.guest import current_guest
from onceproof.conformance.guest.creation import mark_body
from onceproof.conformance.wire.client import Api


def compose_request(
    api: Api, method: str, path: str, content: bytes, *, headers: Mapping[str, str] | None = None
) -> tuple[Door, bytes]:
    """Return the way to the target's first replica, and the whole request with a JSON body.

    MissingProbe if it names a probe that the target does not host.
    """
    api.guard.demand_request(path, {"content": content})
    door, marked = Door(api.urls[0]), mark_body(current_guest(), method, path, content)
    fields = {"content-type": "application/json", "content-length": str(len(marked))}
    return door, door.head(method, path, {**fields, **(headers or {})}) + marked
