"""Which probes a server lacks, on servers that say so in different ways or not at all."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from onceproof.conformance.preflight.hosted import list_missing_probes
from onceproof.conformance.probes import GRAPHS
from onceproof.conformance.wire.client import Api

pytestmark = pytest.mark.anyio

NEW = {"chain", "models"}


@dataclass
class Fake:
    """A server that lists some graphs, and makes assistants of some."""

    listed: set[str] | None
    makes: set[str] = field(default_factory=set)
    makes_any: bool = False
    runs: bool = False
    limit: int = 1000
    made: set[str] = field(default_factory=set)

    async def post(self, path: str, *, json: dict[str, Any]) -> httpx.Response:
        if path == "/assistants/search":
            if self.listed is None:
                return httpx.Response(404)
            if json["limit"] > self.limit:
                return httpx.Response(422)
            return httpx.Response(200, json=[{"graph_id": each} for each in self.listed])
        if path == "/runs/wait":
            return httpx.Response(200 if self.runs else 404, json={})
        graph = json["graph_id"]
        if not (self.makes_any or graph in self.makes):
            return httpx.Response(404)
        self.made.add(graph)
        return httpx.Response(200, json={"assistant_id": graph})

    async def delete(self, path: str) -> httpx.Response:
        self.made.remove(path.removeprefix("/assistants/"))
        return httpx.Response(204)


ALL = set(GRAPHS)
SERVERS = {
    "all of them": (Fake(ALL), set()),
    "none of them": (Fake({"agent"}), ALL),
    "an older set of them": (Fake(ALL - NEW), NEW),
    "no page of a thousand": (Fake(ALL - NEW, limit=100), NEW),
    "assistants made when asked for": (Fake({"agent"}, makes=ALL), set()),
    "assistants of any graph": (Fake(ALL - NEW, makes_any=True), NEW),
    "no list, but assistants": (Fake(None, makes=ALL - NEW), NEW),
    "no list and no assistants": (Fake(None, runs=True), set()),
    "nothing at all": (Fake(None), ALL),
}


@pytest.mark.parametrize("name", SERVERS)
async def test_what_is_missing(name: str) -> None:
    server, missing = SERVERS[name]
    api: Api = server  # type: ignore[assignment]  # as much of one as is asked here
    assert await list_missing_probes(api) == missing
    assert server.made == set()
