"""A run on a thread that does not exist."""

import asyncio
from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.runs.ways import ask_any, every_way, refuse_any
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import runs_path
from onceproof.conformance.wire.runs import Runs

AT_ONCE = 20


@every_way
@requirement("RUN-06")
async def test_a_run_on_a_missing_thread_is_404(api: Api, way: str) -> None:
    thread_id = str(uuid4())
    expect_refusal(await refuse_any(api, way, thread_id), 404)
    expect_refusal(await refuse_any(api, way, thread_id, if_not_exists="reject"), 404)
    expect_refusal(await api.get(f"/threads/{thread_id}"), 404)


@every_way
@requirement("RUN-06")
async def test_if_not_exists_create_makes_the_thread(api: Api, runs: Runs, way: str) -> None:
    thread_id = str(uuid4())
    runs.threads.adopt(thread_id)
    response = await ask_any(api, way, thread_id, if_not_exists="create")
    same(f"status of {way} with if_not_exists=create", response.status_code, 200)
    thread = expect(await api.get(f"/threads/{thread_id}"))
    same("thread_id of the new thread", thread["thread_id"], thread_id)


@requirement("RUN-07")
async def test_parallel_creations_on_a_new_thread_are_all_accepted(api: Api, runs: Runs) -> None:
    thread_id = str(uuid4())
    handles = await asyncio.gather(
        *(
            runs.create(thread_id, "chain", {"steps": 1}, if_not_exists="create")
            for _ in range(AT_ONCE)
        )
    )
    wanted = {handle.run_id for handle in handles}
    same("number of different runs accepted", len(wanted), AT_ONCE)
    listed = expect(await api.get(runs_path(thread_id), params={"limit": 100}))
    same("runs of the thread", {run["run_id"] for run in listed}, wanted)
    assert await runs.final_snapshot(handles), "not every run of the new thread has ended"
    state = expect(await api.get(f"/threads/{thread_id}/state"))
    nonces = sorted(entry["nonce"] for entry in state["values"]["log"])
    same("runs in the thread's log", nonces, sorted(handle.nonce for handle in handles))
