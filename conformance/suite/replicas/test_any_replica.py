"""What is written through one replica is read through all others at once, word for word."""

from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.suite.kit.store_space import own_namespace
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs


class Everywhere:
    """Requests whose answer has to be the same through every replica."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def get(self, path: str, **options: Any) -> Any:
        """Return what all replicas answer."""
        return await self._same("GET", path, **options)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return what all replicas answer to a search or a count."""
        return await self._same("POST", path, json=body)

    async def _same(self, method: str, path: str, **options: Any) -> Any:
        answers = [
            await self._api.request(method, path, at=at, **options)
            for at in range(len(self._api.urls))
        ]
        first = (answers[0].status_code, answers[0].json())
        for answer in answers[1:]:
            shown = (answer.status_code, answer.json())
            same(f"{method} {path} through another replica", shown, first)
        return expect(answers[0], 200, 404, 405)


@pytest.fixture
def everywhere(api: Api) -> Everywhere:
    require_two_replicas(api)
    return Everywhere(api)


@requirement("REP-01")
async def test_a_thread_is_the_same_through_every_replica(
    api: Api, runs: Runs, everywhere: Everywhere
) -> None:
    marker = {"replicas": new_nonce()}
    made = expect(await api.post("/threads", json={"metadata": marker}, at=0))
    runs.threads.adopt(made["thread_id"])
    path = f"/threads/{made['thread_id']}"
    same("thread", await everywhere.get(path), made)
    patched = expect(await api.patch(path, json={"metadata": {"more": 1}}, at=1))
    same("metadata of the thread", (await everywhere.get(path))["metadata"], patched["metadata"])
    found = await everywhere.post("/threads/search", {"metadata": marker})
    same("threads found", [thread["thread_id"] for thread in found], [made["thread_id"]])
    await everywhere.post("/threads/count", {"metadata": marker})
    expect(await api.delete(path, at=0), 200, 204)
    same("threads found", await everywhere.post("/threads/search", {"metadata": marker}), [])


@requirement("REP-01")
async def test_runs_and_state_are_the_same_through_every_replica(
    api: Api, runs: Runs, everywhere: Everywhere
) -> None:
    thread_id = await runs.new_thread()
    path = f"/threads/{thread_id}"
    for at in range(len(api.urls)):
        handle, values = await runs.wait(thread_id, "echo", {"text": f"through {at}"}, at=at)
        run = await everywhere.get(handle.path)
        same("status", run["status"], "success")
        await everywhere.get(path)
        state = await everywhere.get(f"{path}/state")
        same("values of the state", state["values"], values)
    listed = await everywhere.get(f"{path}/runs")
    same("runs listed", len(listed), len(api.urls))
    history = await everywhere.post(f"{path}/history", {"limit": 100})
    same("newest of the history", history[0]["checkpoint"], state["checkpoint"])


@requirement("REP-01")
async def test_a_store_item_is_the_same_through_every_replica(
    api: Api, everywhere: Everywhere
) -> None:
    namespace = [*own_namespace(), uuid4().hex]
    where = {"namespace": ".".join(namespace), "key": "shared"}
    name = {"namespace": namespace, "key": "shared"}
    try:
        for at in range(len(api.urls)):
            expect(
                await api.put("/store/items", json={**name, "value": {"at": at}}, at=at), 200, 204
            )
            item = await everywhere.get("/store/items", params=where)
            same("value of the item", item["value"], {"at": at})
    finally:
        expect(await api.request("DELETE", "/store/items", json=name, at=0), 200, 204)
    found = await everywhere.post("/store/items/search", {"namespace_prefix": namespace})
    same("items found", found["items"], [])


@requirement("REP-01")
async def test_an_assistant_is_the_same_through_every_replica(
    api: Api, everywhere: Everywhere
) -> None:
    body = {"graph_id": "echo", "metadata": {"replicas": new_nonce()}}
    made = expect(await api.post("/assistants", json=body, at=0))
    path = f"/assistants/{made['assistant_id']}"
    try:
        same("assistant", await everywhere.get(path), made)
        patched = expect(await api.patch(path, json={"name": "renamed"}, at=1))
        same("assistant", await everywhere.get(path), patched)
        versions = await everywhere.post(f"{path}/versions", {})
        same("versions", [each["version"] for each in versions], [2, 1])
    finally:
        expect(await api.delete(path, at=1), 200, 204)
    await everywhere.get(path)
    found = await everywhere.post("/assistants/search", {"metadata": body["metadata"]})
    same("assistants found", found, [])
