"""Metadata that a handler writes stays, whatever clients send."""

from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

SPOOF = {"owner": "bob", "mine": "alice's own"}


async def expect_alice_to_own(alice: Api, bob: Api, thread_id: str) -> None:
    """Expect the thread to belong to alice, and to be hidden from bob."""
    thread = expect(await alice.get(f"/threads/{thread_id}"))
    same("owner", thread["metadata"].get("owner"), "alice")
    same("bob's read", (await bob.get(f"/threads/{thread_id}")).status_code, 404)


@requirement("AUT-05")
async def test_a_new_thread_belongs_to_its_maker(alice: Api, bob: Api, alice_runs: Runs) -> None:
    thread_id = await alice_runs.new_thread(metadata=SPOOF)
    await expect_alice_to_own(alice, bob, thread_id)
    thread = expect(await alice.get(f"/threads/{thread_id}"))
    same("what the client may set", thread["metadata"]["mine"], "alice's own")


@requirement("AUT-05")
async def test_a_change_gives_no_thread_away(
    alice: Api, bob: Api, alice_runs: Runs, observe: Observed
) -> None:
    thread_id = await alice_runs.new_thread()
    response = await alice.patch(f"/threads/{thread_id}", json={"metadata": SPOOF})
    observe(f"a patch of the owner: {response.status_code}")
    await expect_alice_to_own(alice, bob, thread_id)


@pytest.mark.parametrize("path", ["runs", "runs/wait"])
@requirement("AUT-05")
async def test_a_thread_made_by_a_run_belongs_to_who_ran(
    alice: Api, bob: Api, alice_runs: Runs, path: str
) -> None:
    thread_id = str(uuid4())
    alice_runs.threads.adopt(thread_id)
    body = {"assistant_id": "echo", "input": {}, "if_not_exists": "create", "metadata": SPOOF}
    expect(await alice.post(f"/threads/{thread_id}/{path}", json=body))
    await expect_alice_to_own(alice, bob, thread_id)


@requirement("AUT-05")
async def test_the_owner_is_in_the_run(alice: Api, alice_runs: Runs) -> None:
    thread_id = await alice_runs.new_thread()
    run, _ = await alice_runs.wait(thread_id, "echo", {}, metadata=SPOOF)
    same("owner", expect(await alice.get(run.path))["metadata"].get("owner"), "alice")
