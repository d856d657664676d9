"""Clients of a deployment that asks who calls, by the names in conformance/probes/auth.py."""

from collections.abc import Sequence
from typing import Self

from onceproof.conformance.history import Recorder
from onceproof.conformance.wire.client import Api

#: A client that does not say who it is.
ANYBODY = ""

#: The server's own errors that these make it answer with are asked for, so no checker reads them.
CRASHING = frozenset({"broken", "clumsy"})


class Callers:
    """Calling it with a name gives that caller's client; closes them all."""

    def __init__(self, urls: Sequence[str], history: Recorder):
        self._urls = urls
        self._history = history
        self._clients: dict[str, Api] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        for client in self._clients.values():
            await client.aclose()

    def __call__(self, name: str) -> Api:
        if name not in self._clients:
            history = None if name in CRASHING else self._history
            headers = {"authorization": f"Bearer {name}"} if name else {}
            self._clients[name] = Api(self._urls, history, headers=headers)
        return self._clients[name]
