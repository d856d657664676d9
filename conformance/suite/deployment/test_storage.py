"""What lasts is in Postgres, and Redis may lose everything."""

from typing import Any
from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.deployment.contents import flush, keys
from onceproof.conformance.suite.deployment.pair import Pair
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.deployments import Deployment
from onceproof.conformance.suite.kit.reads import read_history, read_state, read_thread
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.wire.handles import RunHandle, new_nonce

RESUMABLE: dict[str, Any] = {"stream_mode": ["values"], "stream_resumable": True}


async def read_everything(
    deployment: Deployment, handle: RunHandle, space: Space
) -> dict[str, Any]:
    """Read all that the deployment answers about what was created."""
    api, thread_id = deployment.api, str(handle.thread_id)
    search = await api.post("/assistants/search", json={"limit": 100})
    return {
        "assistants": expect(search),
        "run": expect(await api.get(handle.path)),
        "thread": await read_thread(api, thread_id),
        "state": await read_state(api, thread_id),
        "history": await read_history(api, thread_id),
        "items": await space.search(),
    }


@requirement("DEP-13")
async def test_nothing_is_answered_differently_after_redis_was_emptied(pair: Pair) -> None:
    deployment = pair.first
    assistant = {"graph_id": "chain", "metadata": {"marker": uuid4().hex}}
    expect(await deployment.api.post("/assistants", json=assistant))
    async with Space(deployment.api) as space:
        handle, _ = await deployment.runs.wait(await deployment.runs.new_thread(), "chain", {})
        await space.put("kept", {"nonce": handle.nonce})
        before = await read_everything(deployment, handle, space)
        await flush(deployment.databases.redis_uri)
        same("the answers", await read_everything(deployment, handle, space), before)
    later, _ = await deployment.runs.wait(str(handle.thread_id), "chain", {})
    same("a run after that", await deployment.runs.status(later), "success")


@requirement("DEP-14")
async def test_user_data_is_in_redis_only_where_it_expires(pair: Pair) -> None:
    deployment, canary = pair.first, f"canary-{new_nonce()}"
    async with Space(deployment.api) as space:
        for order in ({}, RESUMABLE):
            body = {"input": {"nonce": canary, "text": canary}, "metadata": {"note": canary}}
            path = f"/threads/{await deployment.runs.new_thread()}/runs/wait"
            response = await deployment.api.post(
                path, json={"assistant_id": "echo", **body, **order}
            )
            expect(response)
        await space.put(canary, {"text": canary})
        found = [
            key
            for key in await keys(deployment.databases.redis_uri)
            if canary.encode() in key.content
        ]
        same("keys with user data that stay", [k.name for k in found if k.ttl_s is None], [])
        same("keys named after user data", [k.name for k in found if canary in k.name], [])
        assert len(found) <= 1, f"more than the resumable run's buffer holds it: {found}"
