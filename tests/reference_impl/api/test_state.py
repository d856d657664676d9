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
async def api_server(pool: asyncpg.Pool) -> AsyncIterator[Served]:
    async with serve(pool) as api_server:
        yield api_server


@pytest.fixture
async def chain_thread(api_server: Served) -> str:
    """A thread on which `chain` has run once."""
    thread_id = (await api_server.thread())["thread_id"]
    await api_server.run(thread_id, "chain", {"text": "x"})
    return f"/threads/{thread_id}"


async def test_the_state_of_a_fresh_thread_is_empty(api_server: Served) -> None:
    path = f"/threads/{(await api_server.thread())['thread_id']}"
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
    assert await api_server.get(path + "/state") == empty
    assert await api_server.get(path + "/history") == []
    await api_server.client.patch(path, json={"metadata": {"graph_id": "chain"}})
    assert await api_server.get(path + "/state") == empty
    assert await api_server.get(path + "/history") == []


async def test_the_state_after_a_run(api_server: Served, chain_thread: str) -> None:
    state = await api_server.get(chain_thread + "/state")
    assert state["values"] == {"text": "x", "log": ["first", "second"]}
    assert (state["next"], state["tasks"]) == ([], [])
    thread_id = chain_thread.rpartition("/")[2]
    assert state["checkpoint"] == {
        "thread_id": thread_id,
        "checkpoint_ns": "",
        "checkpoint_id": state["checkpoint"]["checkpoint_id"],
    }
    assert state["parent_checkpoint"]["thread_id"] == thread_id


async def test_history_is_newest_first_with_the_input_last(
    api_server: Served, chain_thread: str
) -> None:
    history = await api_server.get(chain_thread + "/history")
    assert [state["metadata"]["step"] for state in history] == [2, 1, 0, -1]
    assert [state["metadata"]["source"] for state in history] == ["loop"] * 3 + ["input"]
    assert [state["next"] for state in history] == [[], ["second"], ["first"], ["__start__"]]
    for newer, older in pairwise(history):
        assert newer["parent_checkpoint"] == older["checkpoint"]


async def test_history_limit_before_and_metadata(api_server: Served, chain_thread: str) -> None:
    history = await api_server.get(chain_thread + "/history")
    assert await api_server.get(chain_thread + "/history?limit=2") == history[:2]
    second = history[1]["checkpoint"]
    older = history[2:]
    assert await api_server.get(f"{chain_thread}/history?before={second['checkpoint_id']}") == older
    for before in (second, second["checkpoint_id"], {"configurable": second}):
        assert await api_server.post(chain_thread + "/history", {"before": before}) == older
    found = await api_server.post(chain_thread + "/history", {"metadata": {"step": 0}})
    assert found == [history[2]]


async def test_history_answers_ten_states_by_default(api_server: Served, chain_thread: str) -> None:
    for _ in range(2):
        await api_server.run(chain_thread.rpartition("/")[2], "chain", {"text": "x"})
    assert len(await api_server.get(chain_thread + "/history?limit=1000")) == 12
    assert len(await api_server.get(chain_thread + "/history")) == 10
    assert len(await api_server.post(chain_thread + "/history")) == 10


async def test_the_state_at_a_checkpoint(api_server: Served, chain_thread: str) -> None:
    for state in await api_server.get(chain_thread + "/history"):
        checkpoint = state["checkpoint"]
        assert await api_server.get(f"{chain_thread}/state/{checkpoint['checkpoint_id']}") == state
        body = {"checkpoint": checkpoint}
        assert await api_server.post(chain_thread + "/state/checkpoint", body) == state


async def test_an_unknown_checkpoint_is_404(api_server: Served, chain_thread: str) -> None:
    unknown = {"checkpoint_id": str(uuid4())}
    for response in (
        await api_server.client.get(f"{chain_thread}/state/{unknown['checkpoint_id']}"),
        await api_server.client.post(
            chain_thread + "/state/checkpoint", json={"checkpoint": unknown}
        ),
        await api_server.client.post(
            chain_thread + "/state", json={"values": {}, "checkpoint": unknown}
        ),
    ):
        assert response.status_code == 404, response.text
    assert len(await api_server.get(chain_thread + "/history")) == 4


async def test_an_update_goes_through_the_reducer_as_the_node(
    api_server: Served, chain_thread: str
) -> None:
    before = await api_server.get(chain_thread + "/state")
    changed = await api_server.post(
        chain_thread + "/state", {"values": {"log": ["mine"]}, "as_node": "first"}
    )
    state = await api_server.get(chain_thread + "/state")
    assert state["checkpoint"] == changed["checkpoint"]
    assert state["parent_checkpoint"] == before["checkpoint"]
    assert state["metadata"]["source"] == "update"
    assert state["metadata"]["graph_id"] == "chain"
    assert state["values"]["log"] == ["first", "second", "mine"]
    assert state["next"] == ["second"]
    thread = await api_server.get(chain_thread)
    assert (thread["values"], thread["status"]) == (state["values"], "interrupted")
    assert thread["state_updated_at"] > thread["created_at"]
    await api_server.post(
        chain_thread + "/state", {"values": {"log": ["end"]}, "as_node": "second"}
    )
    assert (await api_server.get(chain_thread))["status"] == "idle"


async def test_an_update_from_an_older_checkpoint_forks(
    api_server: Served, chain_thread: str
) -> None:
    history = await api_server.get(chain_thread + "/history")
    checkpoint = history[1]["checkpoint"]
    body = {"values": {"log": ["fork"]}, "checkpoint_id": checkpoint["checkpoint_id"]}
    await api_server.post(chain_thread + "/state", body)
    forked = await api_server.get(chain_thread + "/history")
    assert forked[1:] == history
    assert forked[0]["values"]["log"] == ["first", "fork"]
    assert forked[0]["parent_checkpoint"] == checkpoint
    assert (await api_server.get(chain_thread))["values"] == forked[0]["values"]


@pytest.mark.parametrize("status", ["pending", "running"])
async def test_an_update_while_a_run_is_under_way_is_409(
    api_server: Served, chain_thread: str, status: str
) -> None:
    before = await api_server.get(chain_thread + "/history")
    await api_server.run_row(chain_thread.rpartition("/")[2], status)
    response = await api_server.client.post(
        chain_thread + "/state", json={"values": {"log": ["no"]}}
    )
    assert response.status_code == 409
    assert await api_server.get(chain_thread + "/history") == before


async def test_an_update_without_a_graph_is_400(api_server: Served) -> None:
    path = f"/threads/{(await api_server.thread())['thread_id']}"
    response = await api_server.client.post(path + "/state", json={"values": {"text": "x"}})
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
    api_server: Served, body: dict[str, Any]
) -> None:
    path = f"/threads/{(await api_server.thread(metadata={'graph_id': 'branch'}))['thread_id']}"
    await api_server.post(path + "/state", {"values": {"text": "ok"}, "as_node": "first"})
    before = await api_server.get(path), await api_server.get(path + "/history")
    response = await api_server.client.post(path + "/state", json=body)
    assert response.status_code == 422, response.text
    assert (await api_server.get(path), await api_server.get(path + "/history")) == before


async def test_concurrent_updates_are_all_kept(api_server: Served, chain_thread: str) -> None:
    async def update(number: int) -> None:
        values = {"log": [str(number)]}
        await api_server.post(chain_thread + "/state", {"values": values, "as_node": "second"})

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(update, number)
    log = (await api_server.get(chain_thread + "/state"))["values"]["log"]
    assert sorted(log[2:]) == [str(number) for number in range(8)]
    assert (await api_server.get(chain_thread))["values"]["log"] == log


async def test_an_update_waits_for_a_run_that_is_being_created(
    api_server: Served, chain_thread: str
) -> None:
    """Accepting a run locks the thread's row first, and so does an update."""
    pool = api_server.services.pool
    thread_id = UUID(chain_thread.rpartition("/")[2])
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select from thread where thread_id = $1 for update", thread_id)
        with anyio.move_on_after(0.3) as waited:
            await api_server.client.post(chain_thread + "/state", json={"values": {"log": ["no"]}})
    assert waited.cancelled_caught
    assert len(await api_server.get(chain_thread + "/history")) == 4


async def test_an_interrupt_shows_in_state_until_it_is_answered(api_server: Served) -> None:
    thread_id = (await api_server.thread())["thread_id"]
    await api_server.run(thread_id, "hitl", {"text": "x"})
    state = await api_server.get(f"/threads/{thread_id}/state")
    (task,) = state["tasks"]
    assert state["next"] == ["ask"]
    assert task["name"] == "ask"
    assert task["interrupts"] == state["interrupts"]
    assert state["interrupts"][0]["value"] == {"question": "why"}
    await api_server.run(thread_id, "hitl", resume("so"))
    state = await api_server.get(f"/threads/{thread_id}/state")
    assert (state["next"], state["interrupts"]) == ([], [])
    assert state["values"]["log"] == ["answer so"]


async def test_subgraphs_nest_under_their_task(api_server: Served) -> None:
    thread_id = (await api_server.thread())["thread_id"]
    await api_server.run(thread_id, "nested", {"text": "x"})
    path = f"/threads/{thread_id}/state"
    (task,) = (await api_server.get(path))["tasks"]
    assert task["state"] is None
    assert task["checkpoint"]["checkpoint_ns"].startswith("inner:")
    (task,) = (await api_server.get(path + "?subgraphs=true"))["tasks"]
    inner = task["state"]
    assert inner["next"] == ["ask"]
    assert inner["values"]["text"] == "x"
    assert inner["interrupts"][0]["value"] == {"question": "why"}
    found = await api_server.post(path + "/checkpoint", {"checkpoint": task["checkpoint"]})
    assert found["checkpoint"] == inner["checkpoint"]
    assert found["next"] == ["ask"]


async def test_select_restricts_the_fields(api_server: Served, chain_thread: str) -> None:
    assert await api_server.get(chain_thread + "/state?select=next,values.text") == {
        "next": [],
        "values": {"text": "x"},
    }
    found = await api_server.post(chain_thread + "/history", {"select": ["next"], "limit": 1})
    assert found == [{"next": []}]
    assert (await api_server.client.get(chain_thread + "/state?select=colour")).status_code == 422


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
    api_server: Served, chain_thread: str, method: str, path: str, body: Any
) -> None:
    response = await api_server.client.request(method, chain_thread + path, json=body)
    assert response.status_code == 422, response.text
