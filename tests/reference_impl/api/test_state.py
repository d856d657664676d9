"""State and history: read at any point, changed without a run, never while one is under way."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import anyio
import asyncpg
import pytest

from tests.reference_impl.thread_server import Served, resume, serve

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(pool: asyncpg.Pool) -> AsyncIterator[Served]:
    async with serve(pool) as served:
        yield served


@pytest.fixture
async def chained(served: Served) -> str:
    """A thread on which `chain` has run once."""
    thread_id = (await served.thread())["thread_id"]
    await served.run(thread_id, "chain", {"text": "x"})
    return f"/threads/{thread_id}"


async def test_the_state_of_a_fresh_thread_is_empty(served: Served) -> None:
    path = f"/threads/{(await served.thread())['thread_id']}"
    empty: dict[str, Any] = {
        "values": {},
        "next": [],
        "tasks": [],
        "metadata": {},
        "created_at": None,
        "checkpoint": None,
        "parent_checkpoint": None,
        "interrupts": [],
    }
    assert await served.get(path + "/state") == empty
    assert await served.get(path + "/history") == []
    await served.client.patch(path, json={"metadata": {"graph_id": "chain"}})
    assert await served.get(path + "/state") == empty
    assert await served.get(path + "/history") == []


async def test_the_state_after_a_run(served: Served, chained: str) -> None:
    state = await served.get(chained + "/state")
    assert state["values"] == {"text": "x", "log": ["first", "second"]}
    assert (state["next"], state["tasks"]) == ([], [])
    thread_id = chained.rpartition("/")[2]
    assert state["checkpoint"] == {
        "thread_id": thread_id,
        "checkpoint_ns": "",
        "checkpoint_id": state["checkpoint"]["checkpoint_id"],
    }
    assert state["parent_checkpoint"]["thread_id"] == thread_id


async def test_history_is_newest_first_with_the_input_last(served: Served, chained: str) -> None:
    history = await served.get(chained + "/history")
    assert [state["metadata"]["step"] for state in history] == [2, 1, 0, -1]
    assert [state["metadata"]["source"] for state in history] == ["loop"] * 3 + ["input"]
    assert [state["next"] for state in history] == [[], ["second"], ["first"], ["__start__"]]
    for newer, older in pairwise(history):
        assert newer["parent_checkpoint"] == older["checkpoint"]


async def test_history_limit_before_and_metadata(served: Served, chained: str) -> None:
    history = await served.get(chained + "/history")
    assert await served.get(chained + "/history?limit=2") == history[:2]
    second = history[1]["checkpoint"]
    older = history[2:]
    assert await served.get(f"{chained}/history?before={second['checkpoint_id']}") == older
    for before in (second, second["checkpoint_id"], {"configurable": second}):
        assert await served.post(chained + "/history", {"before": before}) == older
    found = await served.post(chained + "/history", {"metadata": {"step": 0}})
    assert found == [history[2]]


async def test_history_answers_ten_states_by_default(served: Served, chained: str) -> None:
    for _ in range(2):
        await served.run(chained.rpartition("/")[2], "chain", {"text": "x"})
    assert len(await served.get(chained + "/history?limit=1000")) == 12
    assert len(await served.get(chained + "/history")) == 10
    assert len(await served.post(chained + "/history")) == 10


async def test_the_state_at_a_checkpoint(served: Served, chained: str) -> None:
    for state in await served.get(chained + "/history"):
        checkpoint = state["checkpoint"]
        assert await served.get(f"{chained}/state/{checkpoint['checkpoint_id']}") == state
        body = {"checkpoint": checkpoint}
        assert await served.post(chained + "/state/checkpoint", body) == state


async def test_an_unknown_checkpoint_is_404(served: Served, chained: str) -> None:
    unknown = {"checkpoint_id": str(uuid4())}
    for response in (
        await served.client.get(f"{chained}/state/{unknown['checkpoint_id']}"),
        await served.client.post(chained + "/state/checkpoint", json={"checkpoint": unknown}),
        await served.client.post(chained + "/state", json={"values": {}, "checkpoint": unknown}),
    ):
        assert response.status_code == 404, response.text
    assert len(await served.get(chained + "/history")) == 4


async def test_an_update_goes_through_the_reducer_as_the_node(served: Served, chained: str) -> None:
    before = await served.get(chained + "/state")
    changed = await served.post(
        chained + "/state", {"values": {"log": ["mine"]}, "as_node": "first"}
    )
    state = await served.get(chained + "/state")
    assert state["checkpoint"] == changed["checkpoint"]
    assert state["parent_checkpoint"] == before["checkpoint"]
    assert state["metadata"]["source"] == "update"
    assert state["metadata"]["graph_id"] == "chain"
    assert state["values"]["log"] == ["first", "second", "mine"]
    assert state["next"] == ["second"]
    thread = await served.get(chained)
    assert (thread["values"], thread["status"]) == (state["values"], "interrupted")
    assert thread["state_updated_at"] > thread["created_at"]
    await served.post(chained + "/state", {"values": {"log": ["end"]}, "as_node": "second"})
    assert (await served.get(chained))["status"] == "idle"


async def test_an_update_from_an_older_checkpoint_forks(served: Served, chained: str) -> None:
    history = await served.get(chained + "/history")
    checkpoint = history[1]["checkpoint"]
    body = {"values": {"log": ["fork"]}, "checkpoint_id": checkpoint["checkpoint_id"]}
    await served.post(chained + "/state", body)
    forked = await served.get(chained + "/history")
    assert forked[1:] == history
    assert forked[0]["values"]["log"] == ["first", "fork"]
    assert forked[0]["parent_checkpoint"] == checkpoint
    assert (await served.get(chained))["values"] == forked[0]["values"]


@pytest.mark.parametrize("status", ["pending", "running"])
async def test_an_update_while_a_run_is_under_way_is_409(
    served: Served, chained: str, status: str
) -> None:
    before = await served.get(chained + "/history")
    await served.run_row(chained.rpartition("/")[2], status)
    response = await served.client.post(chained + "/state", json={"values": {"log": ["no"]}})
    assert response.status_code == 409
    assert await served.get(chained + "/history") == before


async def test_an_update_without_a_graph_is_400(served: Served) -> None:
    path = f"/threads/{(await served.thread())['thread_id']}"
    response = await served.client.post(path + "/state", json={"values": {"text": "x"}})
    assert response.status_code == 400
    assert "metadata.graph_id" in response.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"values": {"text": "x"}, "as_node": "nowhere"},
        {"values": "no object", "as_node": "first"},
        {"values": {"text": 7}, "as_node": "first"},
        {"values": {"text": "x"}, "checkpoint": {"checkpoint_ns": "nowhere:1"}},
        {"values": {"text": "x"}, "checkpoint_id": "zz"},
    ],
)
async def test_an_update_that_does_not_fit_is_422_and_changes_nothing(
    served: Served, body: dict[str, Any]
) -> None:
    path = f"/threads/{(await served.thread(metadata={'graph_id': 'branch'}))['thread_id']}"
    await served.post(path + "/state", {"values": {"text": "ok"}, "as_node": "first"})
    before = await served.get(path), await served.get(path + "/history")
    response = await served.client.post(path + "/state", json=body)
    assert response.status_code == 422, response.text
    assert (await served.get(path), await served.get(path + "/history")) == before


async def test_concurrent_updates_are_all_kept(served: Served, chained: str) -> None:
    async def update(number: int) -> None:
        values = {"log": [str(number)]}
        await served.post(chained + "/state", {"values": values, "as_node": "second"})

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(update, number)
    log = (await served.get(chained + "/state"))["values"]["log"]
    assert sorted(log[2:]) == [str(number) for number in range(8)]
    assert (await served.get(chained))["values"]["log"] == log


async def test_an_update_waits_for_a_run_that_is_being_created(
    served: Served, chained: str
) -> None:
    """Accepting a run locks the thread's row first, and so does an update."""
    pool = served.services.pool
    thread_id = UUID(chained.rpartition("/")[2])
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select from thread where thread_id = $1 for update", thread_id)
        with anyio.move_on_after(0.3) as waited:
            await served.client.post(chained + "/state", json={"values": {"log": ["no"]}})
    assert waited.cancelled_caught
    assert len(await served.get(chained + "/history")) == 4


async def test_an_interrupt_shows_in_state_until_it_is_answered(served: Served) -> None:
    thread_id = (await served.thread())["thread_id"]
    await served.run(thread_id, "hitl", {"text": "x"})
    state = await served.get(f"/threads/{thread_id}/state")
    (task,) = state["tasks"]
    assert state["next"] == ["ask"]
    assert task["name"] == "ask"
    assert task["interrupts"] == state["interrupts"]
    assert state["interrupts"][0]["value"] == {"question": "why"}
    await served.run(thread_id, "hitl", resume("so"))
    state = await served.get(f"/threads/{thread_id}/state")
    assert (state["next"], state["interrupts"]) == ([], [])
    assert state["values"]["log"] == ["answer so"]


async def test_subgraphs_nest_under_their_task(served: Served) -> None:
    thread_id = (await served.thread())["thread_id"]
    await served.run(thread_id, "nested", {"text": "x"})
    path = f"/threads/{thread_id}/state"
    (task,) = (await served.get(path))["tasks"]
    assert task["state"] is None
    assert task["checkpoint"]["checkpoint_ns"].startswith("inner:")
    (task,) = (await served.get(path + "?subgraphs=true"))["tasks"]
    inner = task["state"]
    assert inner["next"] == ["ask"]
    assert inner["values"]["text"] == "x"
    assert inner["interrupts"][0]["value"] == {"question": "why"}
    found = await served.post(path + "/checkpoint", {"checkpoint": task["checkpoint"]})
    assert found["checkpoint"] == inner["checkpoint"]
    assert found["next"] == ["ask"]


async def test_select_restricts_the_fields(served: Served, chained: str) -> None:
    assert await served.get(chained + "/state?select=next,values.text") == {
        "next": [],
        "values": {"text": "x"},
    }
    found = await served.post(chained + "/history", {"select": ["next"], "limit": 1})
    assert found == [{"next": []}]
    assert (await served.client.get(chained + "/state?select=colour")).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/history?limit=0", None),
        ("GET", "/history?before=zz", None),
        ("GET", "/state/zz", None),
        ("POST", "/history", {"limit": 1001}),
        ("POST", "/history", {"before": {"checkpoint_id": "zz"}}),
        ("POST", "/state/checkpoint", {}),
        ("POST", "/state/checkpoint", {"checkpoint": {"checkpoint_id": 7}}),
        ("POST", "/state", []),
    ],
)
async def test_what_does_not_fit_is_422(
    served: Served, chained: str, method: str, path: str, body: Any
) -> None:
    response = await served.client.request(method, chained + path, json=body)
    assert response.status_code == 422, response.text
