"""To other users, a thread does not exist."""

from typing import Any

import httpx
import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.auth.asking import make_call, select_thread_operations
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.matrix import ask, demand
from onceproof.conformance.suite.kit.streams import event_names, parse_events
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs

TEXT = "for the eyes of alice only"
ERROR = "error"


@pytest.fixture
async def run(alice_runs: Runs) -> RunHandle:
    """A run of alice's that has ended and has events to replay."""
    body: dict[str, Any] = {"stream_resumable": True, "on_completion": "keep"}
    thread_id = await alice_runs.new_thread(metadata={"about": new_nonce()})
    handle, _ = await alice_runs.wait(thread_id, "echo", {"text": TEXT}, **body)
    return handle


async def read_thread(api: Api, run: RunHandle) -> Any:
    """Read everything in which a change of the thread would show."""
    thread = expect(await api.get(f"/threads/{run.thread_id}"))
    runs = expect(await api.get(f"/threads/{run.thread_id}/runs"))
    return thread, runs, expect(await api.get(f"/threads/{run.thread_id}/state"))


def is_hidden(response: httpx.Response) -> bool:
    """Return whether the route answers as it does for a thread that does not exist."""
    if response.request.url.path.endswith("/copy"):
        return response.status_code in (404, 409)
    return response.status_code == 404 or (response.is_success and list_events(response) == [ERROR])


def list_events(response: httpx.Response) -> list[str]:
    """List the names of the events of an answer."""
    return event_names(parse_events(response))


@requirement("AUT-03")
async def test_every_route_of_a_foreign_thread_is_404(alice: Api, bob: Api, run: RunHandle) -> None:
    before = await read_thread(alice, run)
    checkpoint = before[2]["checkpoint"]["checkpoint_id"]
    ids = {"thread_id": run.thread_id, "run_id": run.run_id, "checkpoint_id": checkpoint}
    answers = await ask(bob, [make_call(each, **ids) for each in select_thread_operations()])
    demand(answers, "404", is_hidden)
    same("the thread, which should be unchanged,", await read_thread(alice, run), before)


@requirement("AUT-03")
async def test_it_is_left_out_of_search_and_count(alice: Api, bob: Api, run: RunHandle) -> None:
    about = expect(await alice.get(f"/threads/{run.thread_id}"))["metadata"]["about"]
    for wanted in ({"metadata": {"about": about}}, {"ids": [run.thread_id]}):
        for api, many in ((alice, 1), (bob, 0)):
            found = expect(await api.post("/threads/search", json=wanted))
            same(f"threads found by {wanted}", len(found), many)
            count = expect(await api.post("/threads/count", json=wanted))
            same(f"threads counted by {wanted}", count, many)


@pytest.mark.parametrize("if_exists", ["raise", "do_nothing"])
@requirement("AUT-03")
async def test_its_id_is_taken(bob: Api, run: RunHandle, if_exists: str) -> None:
    body = {"thread_id": run.thread_id, "if_exists": if_exists}
    assert TEXT not in expect_refusal(await bob.post("/threads", json=body), 409)


@pytest.mark.parametrize("strategy", ["enqueue", "reject", "interrupt", "rollback"])
@requirement("AUT-03")
async def test_no_run_gets_onto_it(alice: Api, bob: Api, run: RunHandle, strategy: str) -> None:
    body = {
        "assistant_id": "echo",
        "input": {},
        "if_not_exists": "create",
        "multitask_strategy": strategy,
    }
    expect_refusal(await bob.post(f"/threads/{run.thread_id}/runs", json=body), 404)
    batch = [body | {"thread_id": run.thread_id}]
    response = await bob.post("/runs/batch", json=batch)
    if response.is_success and await ignores_thread_id(alice, batch):
        assert run.thread_id not in [each["thread_id"] for each in expect(response)]
    else:
        expect_refusal(response, 404)


async def ignores_thread_id(owner: Api, batch: list[dict[str, Any]]) -> bool:
    """Return whether the server ignores the thread id in a batch, and makes stateless runs."""
    made = expect(await owner.post("/runs/batch", json=batch))
    return batch[0]["thread_id"] not in [each["thread_id"] for each in made]


@requirement("AUT-03")
async def test_what_names_many_threads_passes_over_it(alice: Api, bob: Api, run: RunHandle) -> None:
    await bob.post("/threads/prune", json={"thread_ids": [run.thread_id]})
    expect(await alice.get(f"/threads/{run.thread_id}"))


@pytest.mark.parametrize("path", ["{run}/stream", "{thread}/stream", "/runs/{id}/stream"])
@requirement("AUT-04")
async def test_its_streams_show_nothing(bob: Api, run: RunHandle, path: str) -> None:
    where = path.format(run=run.path, thread=f"/threads/{run.thread_id}", id=run.run_id)
    # From the start, in the form that each kind of stream understands (RSM-06, RSM-16).
    start = "-" if where.endswith(f"{run.thread_id}/stream") else "-1"
    headers = {"last-event-id": start, "accept": "text/event-stream"}
    response = await bob.get(where, headers=headers, timeout_s=10)
    assert TEXT not in response.text, f"GET {where} showed alice's text: {response.text[:200]}"
    if response.status_code != 404:
        same(
            f"the events of a foreign stream, {response.status_code}",
            list_events(response),
            [ERROR],
        )


@requirement("AUT-04")
async def test_its_streams_are_there_for_its_owner(alice: Api, run: RunHandle) -> None:
    """Otherwise a server without streams would pass."""
    headers = {"last-event-id": "-1", "accept": "text/event-stream"}
    response = await alice.get(f"{run.path}/stream", headers=headers)
    assert TEXT in response.text, f"the owner's replay lacks its text: {response.text[:200]}"
