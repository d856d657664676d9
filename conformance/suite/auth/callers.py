"""Clients of a deployment with authentication, by the names in conformance/probes/auth.py."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from onceproof.conformance.history import Recorder
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.probes import ProbeGuard

#: A client without credentials.
ANYBODY = ""

#: The handlers crash on purpose for these, so the server errors are not recorded in the history;
#: nor are those of users whose identity is a UUID, which not every server takes.
CRASHING = frozenset({"broken", "clumsy"})


class Callers:
    """Returns the client of a caller when called with a name; closes them all on exit."""

    def __init__(self, urls: Sequence[str], history: Recorder, guard: ProbeGuard):
        self._urls = urls
        self._guard = guard
        self._history = history
        self._clients: dict[str, Api] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        for client in self._clients.values():
            await client.aclose()

    def __call__(self, name: str) -> Api:
        if name not in self._clients:
            history = None if name in CRASHING or _is_uuid(name) else self._history
            headers = {"authorization": f"Bearer {name}"} if name else {}
            self._clients[name] = Api(self._urls, history, headers=headers, guard=self._guard)
        return self._clients[name]


def _is_uuid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
