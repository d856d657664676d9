"""What is deleted with an assistant, and what stays."""

from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.crons import NEVER
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@requirement("AST-13")
async def test_a_deleted_assistant_is_gone_with_its_versions(
    api: Api, assistants: Assistants, observe: Observed
) -> None:
    marker = {"deleted": uuid4().hex}
    path = f"/assistants/{(await assistants.new(metadata=marker))['assistant_id']}"
    expect(await api.patch(path, json={"name": "two"}))
    response = await api.delete(path)
    expect(response, 204, 200)
    observe(f"deletion of an assistant: {response.status_code}")
    for place in range(len(api.urls)):
        expect_refusal(await api.get(path, at=place), 404)
        expect_refusal(await api.post(f"{path}/versions", json={}, at=place), 404)
    expect_refusal(await api.post(f"{path}/latest", json={"version": 1}), 404)
    expect_refusal(await api.delete(path), 404)
    same("what a search finds", await assistants.search(metadata=marker), [])


@requirement("AST-14")
async def test_delete_threads_takes_the_threads_of_the_assistant_along(
    api: Api, aside: Runs, assistants: Assistants
) -> None:
    doomed = (await assistants.new())["assistant_id"]
    other = (await assistants.new())["assistant_id"]
    own, foreign = [await create_thread_by_run(aside, assistant) for assistant in (doomed, other)]
    expect(await api.delete(f"/assistants/{doomed}", params={"delete_threads": "true"}), 204, 200)
    expect_refusal(await api.get(f"/threads/{own}"), 404)
    expect(await api.get(f"/threads/{foreign}"))


@requirement("AST-14")
async def test_threads_stay_unless_they_are_to_be_deleted(
    api: Api, aside: Runs, assistants: Assistants
) -> None:
    for params in ({}, {"delete_threads": "false"}):
        doomed = (await assistants.new())["assistant_id"]
        thread_id = await create_thread_by_run(aside, doomed)
        expect(await api.delete(f"/assistants/{doomed}", params=params), 204, 200)
        expect(await api.get(f"/threads/{thread_id}"))


@requirement("AST-15")
async def test_deleting_an_assistant_ends_its_runs_and_its_crons(
    api: Api, aside: Runs, aside_sink: Sink, assistants: Assistants, observe: Observed
) -> None:
    doomed = (await assistants.new("chain"))["assistant_id"]
    cron_id = await create_cron_if_possible(api, doomed, observe)
    thread_id, nonce = await aside.new_thread(), new_nonce()
    aside_sink.hold(nonce)
    try:
        running = await aside.create(thread_id, doomed, {"steps": 2}, nonce=nonce)
        pending = await aside.create(thread_id, doomed, {"steps": 1})
        await aside_sink.async_wait_for(nonce, "begin")
        expect(await api.delete(f"/assistants/{doomed}"), 204, 200)
        ends = {await aside.until_terminal(handle) for handle in (running, pending)}
    finally:
        aside_sink.release(nonce)
    observe(f"runs of a deleted assistant: {', '.join(sorted(map(str, ends)))}")
    assert ends <= {"interrupted", None}, (
        f"the runs ended as {ends}, but should have been cancelled"
    )
    same("what the pending run executed", aside_sink.executions(pending.nonce), [])
    if cron_id is not None:
        expect_refusal(await api.delete(f"/runs/crons/{cron_id}"), 404)


async def create_cron_if_possible(api: Api, assistant_id: str, observe: Observed) -> str | None:
    """Create a cron of this assistant and return its id; None on a target without crons."""
    if not expect(await api.get("/info"))["flags"].get("crons"):
        observe("no crons on this target")
        return None
    body = {"assistant_id": assistant_id, "schedule": NEVER, "input": {}}
    cron_id: str = expect(await api.post("/runs/crons", json=body))["cron_id"]
    return cron_id


async def create_thread_by_run(runs: Runs, assistant_id: str) -> str:
    """Create a thread by running this assistant on it, and return its id."""
    thread_id = str(uuid4())
    await runs.wait(thread_id, assistant_id, {}, if_not_exists="create")
    return thread_id
