"""Handlers that answer with what their database gives them: a `UUID` where others return text."""

from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.auth.callers import Callers
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same


@requirement("AUT-17")
async def test_identities_and_owners_may_be_uuids(callers: Callers) -> None:
    mine, others = str(uuid4()), str(uuid4())
    made = expect(await callers(mine).post("/threads", json={}))
    thread_id = made["thread_id"]
    same("the owner that the handler wrote", made["metadata"].get("owner"), mine)
    for name, many in ((mine, 1), (others, 0)):
        found = expect(await callers(name).post("/threads/search", json={"ids": [thread_id]}))
        same(f"threads that {name} finds", len(found), many)
    expect_refusal(await callers(others).get(f"/threads/{thread_id}"), 404)
    body = {"assistant_id": "echo", "input": {}}
    values = expect(await callers(mine).post(f"/threads/{thread_id}/runs/wait", json=body))
    same("the identity that the graph sees", values["user"]["identity"], mine)
    expect(await callers(mine).delete(f"/threads/{thread_id}"), 200, 204)
