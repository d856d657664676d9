"""Threads: create, search, count, copy, prune and delete, also while something else happens."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import anyio
import asyncpg
import pytest
from langgraph.checkpoint.base import empty_checkpoint

from onceproof.reference_impl.api.thread_search import extract
from onceproof.reference_impl.core.checkpoints.fenced import Fenced
from tests.reference_impl.thread_server import Served, serve

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api_server(pool: asyncpg.Pool) -> AsyncIterator[Served]:
    async with serve(pool) as api_server:
        yield api_server


async def test_a_new_thread_is_idle_and_empty(api_server: Served) -> None:
    thread = await api_server.thread(metadata={"a": 1})
    assert UUID(thread["thread_id"]).version == 7
    assert (thread["status"], thread["values"], thread["interrupts"]) == ("idle", {}, {})
    assert thread["metadata"] == {"a": 1}
    assert await api_server.get(f"/threads/{thread['thread_id']}") == thread


async def test_reserved_metadata_is_dropped_on_create_and_patch(api_server: Served) -> None:
    thread = await api_server.thread(metadata={"run_id": "x", "kept": 1})
    path = f"/threads/{thread['thread_id']}"
    patched = (await api_server.client.patch(path, json={"metadata": {"thread_id": "x"}})).json()
    assert thread["metadata"] == patched["metadata"] == {"kept": 1}


@pytest.mark.parametrize(("if_exists", "winners"), [("raise", 1), ("do_nothing", 16)])
async def test_concurrent_creates_with_one_id(
    api_server: Served, if_exists: str, winners: int
) -> None:
    body = {"thread_id": str(uuid4()), "if_exists": if_exists}
    answers: list[Any] = []

    async def create(number: int) -> None:
        sent = body | {"metadata": {"by": number}}
        answers.append(await api_server.client.post("/threads", json=sent))

    async with anyio.create_task_group() as group:
        for number in range(16):
            group.start_soon(create, number)
    good = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(good) == winners
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert all(thread == good[0] for thread in good)


async def test_patch_merges_and_can_answer_nothing(api_server: Served) -> None:
    thread = await api_server.thread(metadata={"a": 1, "b": 1})
    path = f"/threads/{thread['thread_id']}"
    patched = (await api_server.client.patch(path, json={"metadata": {"b": 2}})).json()
    assert patched["metadata"] == {"a": 1, "b": 2}
    assert patched["updated_at"] > thread["updated_at"]
    quiet = await api_server.client.patch(
        path, json={"metadata": {"c": 3}}, headers={"Prefer": "return=minimal"}
    )
    assert (quiet.status_code, quiet.content) == (204, b"")
    assert (await api_server.get(path))["metadata"] == {"a": 1, "b": 2, "c": 3}


async def test_hidden_threads_do_not_exist(api_server: Served) -> None:
    tag = str(uuid4())
    thread_id = (await api_server.thread(metadata={"tag": tag}))["thread_id"]
    await api_server.services.pool.execute(
        "update thread set hidden_at = now() where thread_id = $1", UUID(thread_id)
    )
    path = f"/threads/{thread_id}"
    assert (await api_server.client.get(path)).status_code == 404
    assert (await api_server.client.patch(path, json={})).status_code == 404
    assert (await api_server.client.delete(path)).status_code == 404
    assert (await api_server.client.post(path + "/copy")).status_code == 404
    assert (await api_server.client.get(path + "/state")).status_code == 404
    assert await api_server.post("/threads/count", {"metadata": {"tag": tag}}) == 0


async def test_search_filters_agree_with_count(api_server: Served) -> None:
    tag = str(uuid4())
    threads = [
        await api_server.thread(metadata={"tag": tag, "n": n, "even": n % 2 == 0}) for n in range(6)
    ]
    await api_server.run(threads[1]["thread_id"], "chain", {"text": tag})
    ids = [thread["thread_id"] for thread in threads]
    for body, expected in (
        ({"metadata": {"tag": tag}}, set(ids)),
        ({"metadata": {"tag": tag, "even": True}}, {ids[0], ids[2], ids[4]}),
        ({"ids": ids[:2], "metadata": {"tag": tag}}, set(ids[:2])),
        ({"metadata": {"tag": tag}, "status": "busy"}, set()),
        ({"values": {"text": tag}}, {ids[1]}),
    ):
        found = await api_server.post("/threads/search", body)
        assert {thread["thread_id"] for thread in found} == expected, body
        assert await api_server.post("/threads/count", body) == len(expected), body


async def test_walking_the_pages_visits_each_thread_once(api_server: Served) -> None:
    tag = str(uuid4())
    ids = [(await api_server.thread(metadata={"tag": tag}))["thread_id"] for _ in range(7)]
    seen, offset = [], "0"
    while offset is not None:
        body = {"metadata": {"tag": tag}, "limit": 3, "offset": int(offset)}
        response = await api_server.client.post("/threads/search", json=body)
        seen += [thread["thread_id"] for thread in response.json()]
        offset = response.headers.get("x-pagination-next")
    assert seen == ids[::-1]
    assert response.headers["x-pagination-total"] == "7"


async def test_sorting_both_ways(api_server: Served) -> None:
    tag = str(uuid4())
    ids = [(await api_server.thread(metadata={"tag": tag}))["thread_id"] for _ in range(3)]
    await api_server.client.patch(f"/threads/{ids[0]}", json={"metadata": {"later": True}})
    for field, order, expected in (
        ("created_at", "asc", ids),
        ("thread_id", "desc", ids[::-1]),
        ("updated_at", "desc", [ids[0], ids[2], ids[1]]),
    ):
        body = {"metadata": {"tag": tag}, "sort_by": field, "sort_order": order}
        found = await api_server.post("/threads/search", body)
        assert [thread["thread_id"] for thread in found] == expected, (field, order)


async def test_select_and_extract(api_server: Served) -> None:
    tag = str(uuid4())
    await api_server.thread(metadata={"tag": tag, "list": [{"a": 1}, {"a": 2}]})
    body = {
        "metadata": {"tag": tag},
        "select": ["status"],
        "extract": {"last": "metadata.list[-1].a", "none": "values.messages[0]"},
    }
    found = await api_server.post("/threads/search", body)
    assert found == [{"status": "idle", "extracted": {"last": 2, "none": None}}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("values.a.b", 1),
        ("values.list[1]", 20),
        ("values.list[-2]", 10),
        ("values.list[2]", None),
        ("values.list[-3]", None),
        ("values.a[0]", None),
        ("values", {"a": {"b": 1}, "list": [10, 20]}),
    ],
)
def test_extracted(path: str, expected: Any) -> None:
    assert extract({"values": {"a": {"b": 1}, "list": [10, 20]}}, path) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 0},
        {"limit": 1001},
        {"offset": -1},
        {"status": "asleep"},
        {"sort_by": "colour"},
        {"select": ["colour"]},
        {"ids": ["x"]},
        {"extract": {"a": "secret.key"}},
        {"extract": {"a": "values..b"}},
        {"extract": {str(n): "values" for n in range(11)}},
    ],
)
async def test_a_search_that_does_not_fit_is_422(api_server: Served, body: dict[str, Any]) -> None:
    assert (await api_server.client.post("/threads/search", json=body)).status_code == 422


async def test_ids_that_name_nothing(api_server: Served) -> None:
    for suffix in ("", "/state", "/history", f"/state/{uuid4()}"):
        assert (await api_server.client.get(f"/threads/{uuid4()}{suffix}")).status_code == 404
        assert (await api_server.client.get(f"/threads/zz{suffix}")).status_code == 422


async def test_delete_takes_runs_and_history_along(api_server: Served) -> None:
    thread_id = (await api_server.thread())["thread_id"]
    await api_server.run(thread_id, "chain", {"text": "x"})
    assert (await api_server.client.delete(f"/threads/{thread_id}")).status_code == 204
    assert (await api_server.client.get(f"/threads/{thread_id}")).status_code == 404
    assert (await api_server.client.delete(f"/threads/{thread_id}")).status_code == 404
    await api_server.thread(thread_id=thread_id, metadata={"graph_id": "chain"})
    assert await api_server.get(f"/threads/{thread_id}/history") == []


async def test_deleting_a_busy_thread_stops_its_worker(api_server: Served) -> None:
    thread_id = (await api_server.thread())["thread_id"]
    running = await api_server.run_row(thread_id, "running")
    pending = await api_server.run_row(thread_id, "pending")
    assert (await api_server.client.delete(f"/threads/{thread_id}")).status_code == 204
    broker = api_server.services.broker
    assert broker.notices == [f"cancel {running} rollback"]
    assert set(broker.ended) == {running, pending}
    saver = api_server.saver(running, thread_id)
    with pytest.raises(Fenced):
        await saver.aput({"configurable": {"thread_id": thread_id}}, empty_checkpoint(), {}, {})


async def test_a_copy_has_the_history_and_goes_its_own_way(api_server: Served) -> None:
    source = (await api_server.thread(metadata={"a": 1}))["thread_id"]
    await api_server.run(source, "chain", {"text": "x"})
    copy = await api_server.post(f"/threads/{source}/copy")
    target = copy["thread_id"]
    assert copy["metadata"] == {"a": 1, "graph_id": "chain"}
    assert copy["values"] == {"text": "x", "log": ["first", "second"]}
    ours, theirs = [await api_server.get(f"/threads/{id_}/history") for id_ in (source, target)]
    assert [state["values"] for state in theirs] == [state["values"] for state in ours]
    assert {state["checkpoint"]["thread_id"] for state in theirs} == {target}
    assert {state["metadata"]["thread_id"] for state in theirs} == {target}
    await api_server.run(target, "chain", {"text": "y"})
    assert await api_server.get(f"/threads/{source}/history") == ours
    latest = await api_server.get(f"/threads/{target}/state")
    assert latest["values"]["log"] == ["first", "second"] * 2


async def test_a_copy_of_a_busy_thread_is_not_busy(api_server: Served) -> None:
    source = (await api_server.thread())["thread_id"]
    await api_server.run(source, "hitl", {"text": "x"})
    await api_server.run_row(source, "pending")
    await api_server.services.pool.execute(
        "update thread set status = 'busy' where thread_id = $1", UUID(source)
    )
    copy = await api_server.post(f"/threads/{source}/copy")
    assert copy["status"] == "interrupted"
    (questions,) = copy["interrupts"].values()
    assert questions[0]["value"] == {"question": "why"}


async def test_prune_deletes_the_threads_that_exist(api_server: Served) -> None:
    ids = [(await api_server.thread())["thread_id"] for _ in range(2)]
    body = {"thread_ids": [*ids, ids[0], str(uuid4())]}
    assert await api_server.post("/threads/prune", body) == {"pruned_count": 2}
    assert await api_server.post("/threads/count", {"ids": ids}) == 0


async def test_prune_keeps_the_latest_state(api_server: Served) -> None:
    thread_id = (await api_server.thread())["thread_id"]
    for text in ("x", "y"):
        await api_server.run(thread_id, "chain", {"text": text})
    before = await api_server.get(f"/threads/{thread_id}/state")
    body = {"thread_ids": [thread_id], "strategy": "keep_latest"}
    assert await api_server.post("/threads/prune", body) == {"pruned_count": 1}
    (only,) = await api_server.get(f"/threads/{thread_id}/history")
    assert only["values"] == before["values"]
    assert only["checkpoint"] == before["checkpoint"]
    assert only["parent_checkpoint"] is None


async def test_prune_leaves_the_history_of_a_busy_thread(api_server: Served) -> None:
    thread_id = (await api_server.thread())["thread_id"]
    await api_server.run(thread_id, "chain", {"text": "x"})
    await api_server.run_row(thread_id, "pending")
    body = {"thread_ids": [thread_id], "strategy": "keep_latest"}
    assert await api_server.post("/threads/prune", body) == {"pruned_count": 0}
    assert len(await api_server.get(f"/threads/{thread_id}/history")) == 4


async def test_supersteps_prepopulate_state_and_history(api_server: Served) -> None:
    thread = await api_server.thread(
        metadata={"graph_id": "chain"},
        supersteps=[
            {"updates": [{"values": {"text": "x"}, "as_node": "__start__"}]},
            {"updates": [{"values": {"log": ["mine"]}, "as_node": "first"}]},
            {"updates": [{"command": {"update": {"log": ["ours"]}}, "as_node": "second"}]},
        ],
    )
    assert thread["values"] == {"text": "x", "log": ["mine", "ours"]}
    assert thread["status"] == "idle"
    assert len(await api_server.get(f"/threads/{thread['thread_id']}/history")) == 3


async def test_a_bad_superstep_tells_that_the_thread_exists(api_server: Served) -> None:
    body = {
        "thread_id": str(uuid4()),
        "metadata": {"graph_id": "chain"},
        "supersteps": [{"updates": [{"values": {"text": "x"}, "as_node": "nowhere"}]}],
    }
    response = await api_server.client.post("/threads", json=body)
    assert response.status_code == 201
    assert "nowhere" in response.json()["detail"]
    assert (await api_server.get(f"/threads/{body['thread_id']}"))["values"] == {}


async def test_supersteps_need_a_graph(api_server: Served) -> None:
    body = {"supersteps": [{"updates": [{"values": {}, "as_node": "first"}]}]}
    assert (await api_server.client.post("/threads", json=body)).status_code == 400
