"""Assistants: defaults, versions, search, and what deleting takes along."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from onceproof.reference_impl.errors import Unknown, Unusable
from onceproof.reference_impl.resources import assistants
from onceproof.reference_impl.resources.assistants import resolve
from onceproof.reference_impl.resources.graphs import Graphs, default_assistant_id

pytestmark = pytest.mark.anyio


async def create(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/assistants", json={"graph_id": "plain", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def patch(client: httpx.AsyncClient, assistant_id: str, **fields: Any) -> dict[str, Any]:
    answer = await client.patch(f"/assistants/{assistant_id}", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def versions(client: httpx.AsyncClient, assistant_id: str) -> list[dict[str, Any]]:
    answer = await client.post(f"/assistants/{assistant_id}/versions", json={"limit": 1000})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def search(client: httpx.AsyncClient, **wanted: Any) -> list[dict[str, Any]]:
    answer = await client.post("/assistants/search", json=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_replicas_that_start_together_register_one_default_each(
    client: httpx.AsyncClient, pool: asyncpg.Pool, graphs: Graphs
) -> None:
    await pool.execute("delete from assistant where metadata @> $1", {"created_by": "system"})
    await asyncio.gather(*(assistants.register_defaults(pool, graphs) for _ in range(4)))
    found = await search(client, metadata={"created_by": "system"}, sort_by="name")
    assert [item["graph_id"] for item in found] == ["plain", "nested"]
    assert {item["version"] for item in found} == {1}
    assert default_assistant_id("agent") == UUID("fe096781-5601-53d2-b2f6-0d3403f7e9ca")
    assert [len(await versions(client, item["assistant_id"])) for item in found] == [1, 1]


async def test_create_echoes_and_fills_in(client: httpx.AsyncClient) -> None:
    minimal = await create(client)
    assert (minimal["name"], minimal["description"], minimal["version"]) == ("Untitled", None, 1)
    made = await create(
        client,
        name="n",
        description="d",
        config={"tags": ["t"], "configurable": {"a": 1}},
        metadata={"m": 1},
    )
    assert made["config"] == {"tags": ["t"], "configurable": {"a": 1}}
    assert made["metadata"] == {"m": 1}
    assert made["created_at"].endswith("+00:00")


async def test_what_only_the_server_may_set_is_dropped(client: httpx.AsyncClient) -> None:
    made = await create(
        client,
        metadata={"run_id": "x", "assistant_id": "y", "mine": 1},
        config={"configurable": {"langgraph_auth_user": {"id": "root"}, "a": 1}},
    )
    assert made["metadata"] == {"mine": 1}
    assert made["config"] == {"configurable": {"a": 1}}


async def test_context_and_configurable_are_one(client: httpx.AsyncClient) -> None:
    by_config = await create(client, config={"configurable": {"a": 1}})
    by_context = await create(client, context={"a": 1})
    for made in (by_config, by_context):
        assert (made["context"], made["config"]["configurable"]) == ({"a": 1}, {"a": 1})
    changed = await patch(client, by_config["assistant_id"], context={"b": 2})
    assert (changed["context"], changed["config"]) == ({"b": 2}, {"configurable": {"b": 2}})
    both = {"graph_id": "plain", "context": {"a": 1}, "config": {"configurable": {"a": 1}}}
    assert (await client.post("/assistants", json=both)).status_code == 400


async def test_same_id_again(client: httpx.AsyncClient) -> None:
    first = await create(client, assistant_id=str(uuid4()), name="first")
    again = {"graph_id": "plain", "assistant_id": first["assistant_id"], "name": "second"}
    assert (await client.post("/assistants", json=again)).status_code == 409
    assert await create(client, **again, if_exists="do_nothing") == first


async def test_concurrent_creates_of_one_id_make_one(client: httpx.AsyncClient) -> None:
    body = {"graph_id": "plain", "assistant_id": str(uuid4())}
    answers = await asyncio.gather(*(client.post("/assistants", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_patch_merges_metadata_and_leaves_the_rest(client: httpx.AsyncClient) -> None:
    made = await create(client, name="n", metadata={"a": 1, "b": 1}, config={"tags": ["t"]})
    changed = await patch(client, made["assistant_id"], metadata={"b": 2})
    assert changed["version"] == 2
    assert changed["metadata"] == {"a": 1, "b": 2}
    assert (changed["name"], changed["config"]) == ("n", {"tags": ["t"]})
    assert changed["updated_at"] > made["updated_at"]


async def test_going_back_and_patching_makes_a_version_after_the_newest(
    client: httpx.AsyncClient,
) -> None:
    made = await create(client, name="one")
    path = f"/assistants/{made['assistant_id']}"
    await patch(client, made["assistant_id"], name="two")
    before = await versions(client, made["assistant_id"])
    back = (await client.post(f"{path}/latest", json={"version": 1})).json()
    assert (back["version"], back["name"]) == (1, "one")
    assert (await client.get(path)).json() == back
    changed = await patch(client, made["assistant_id"], description="three")
    assert (changed["version"], changed["name"]) == (3, "one")
    after = await versions(client, made["assistant_id"])
    assert [item["version"] for item in after] == [3, 2, 1]
    assert after[1:] == before
    assert (await client.post(f"{path}/latest", json={"version": 99})).status_code == 404


async def test_concurrent_patches_get_consecutive_versions(client: httpx.AsyncClient) -> None:
    made = await create(client)
    changed = await asyncio.gather(
        *(patch(client, made["assistant_id"], metadata={str(n): n}) for n in range(10))
    )
    assert sorted(item["version"] for item in changed) == list(range(2, 12))
    final = (await client.get(f"/assistants/{made['assistant_id']}")).json()
    assert final["metadata"] == {str(n): n for n in range(10)}
    assert len(await versions(client, made["assistant_id"])) == 11


async def test_search_filters_sorts_and_counts_alike(client: httpx.AsyncClient) -> None:
    mark = uuid4().hex
    for name, graph_id in (("Alpha", "plain"), ("beta", "nested"), ("ALPHABET", "nested")):
        await create(client, name=name, graph_id=graph_id, metadata={"mark": mark, "n": name})
    mine = {"metadata": {"mark": mark}}

    async def names(**wanted: Any) -> list[str]:
        found = [item["name"] for item in await search(client, **mine, **wanted)]
        filters = {name: wanted[name] for name in ("name", "graph_id") if name in wanted}
        counted = await client.post("/assistants/count", json={**mine, **filters})
        assert counted.json() == len(found)
        return found

    assert await names() == ["ALPHABET", "beta", "Alpha"]
    assert await names(name="alpha") == ["ALPHABET", "Alpha"]
    assert await names(name="%") == []
    assert await names(graph_id="nested") == ["ALPHABET", "beta"]
    assert await names(sort_by="created_at", sort_order="asc") == ["Alpha", "beta", "ALPHABET"]
    only = await search(client, **mine, select=["name"], limit=1)
    assert only == [{"name": "ALPHABET"}]


async def test_walking_the_pages_visits_each_once(client: httpx.AsyncClient) -> None:
    mark = uuid4().hex
    made = [await create(client, metadata={"mark": mark}) for _ in range(25)]
    seen, offset = [], 0
    while True:
        body = {"metadata": {"mark": mark}, "limit": 7, "offset": offset}
        answer = await client.post("/assistants/search", json=body)
        seen += [item["assistant_id"] for item in answer.json()]
        following = answer.headers.get("x-pagination-next")
        if following is None:
            break
        offset = int(following)
    assert sorted(seen) == sorted(item["assistant_id"] for item in made)
    assert answer.headers["x-pagination-total"] == "25"


async def test_nul_characters_become_replacement_characters(client: httpx.AsyncClient) -> None:
    made = await create(client, name="a\x00b", metadata={"k\x00": "v\x00"})
    assert (made["name"], made["metadata"]) == ("a\ufffdb", {"k\ufffd": "v\ufffd"})


async def test_delete_takes_versions_along_and_cancels_runs(
    client: httpx.AsyncClient, pool: asyncpg.Pool, services: Any
) -> None:
    made = await create(client)
    thread_id, run_id = await with_run(pool, made["assistant_id"])
    answer = await client.delete(f"/assistants/{made['assistant_id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    path = f"/assistants/{made['assistant_id']}"
    assert (await client.get(path)).status_code == 404
    assert (await client.post(f"{path}/versions", json={})).status_code == 404
    assert services.queue.cancelled == [(run_id, "interrupt")]
    assert await pool.fetchval("select count(*) from thread where thread_id = $1", thread_id) == 1


async def test_delete_threads_spares_threads_another_assistant_used(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    mine, other = await create(client), await create(client)
    own, _ = await with_run(pool, mine["assistant_id"])
    shared, _ = await with_run(pool, mine["assistant_id"])
    await add_run(pool, shared, other["assistant_id"])
    path = f"/assistants/{mine['assistant_id']}"
    assert (await client.delete(path, params={"delete_threads": True})).status_code == 204
    left = await pool.fetch("select thread_id from thread where thread_id = any($1)", [own, shared])
    assert [row["thread_id"] for row in left] == [shared]


async def with_run(pool: asyncpg.Pool, assistant_id: str) -> tuple[UUID, UUID]:
    thread_id = uuid4()
    await pool.execute(
        "insert into thread (thread_id, metadata) values ($1, $2)",
        thread_id,
        {"assistant_id": assistant_id},
    )
    return thread_id, await add_run(pool, thread_id, assistant_id)


async def add_run(pool: asyncpg.Pool, thread_id: UUID, assistant_id: str) -> UUID:
    return await pool.fetchval(
        """insert into run (run_id, thread_id, assistant_id, status, multitask_strategy, ready, due)
           values ($1, $2, $3, 'pending', 'enqueue', false, now()) returning run_id""",
        uuid4(),
        thread_id,
        UUID(assistant_id),
    )


async def test_assistants_of_a_graph_no_longer_served_are_hidden(
    client: httpx.AsyncClient, services: Any, graphs: Graphs
) -> None:
    made = await create(client, graph_id="nested")
    services.graphs = Graphs({"plain": graphs._graphs["plain"]})
    path = f"/assistants/{made['assistant_id']}"
    assert (await client.get(path)).status_code == 404
    assert (await client.patch(path, json={})).status_code == 404
    assert {item["graph_id"] for item in await search(client, limit=1000)} == {"plain"}


async def test_resolve(client: httpx.AsyncClient, pool: asyncpg.Pool, graphs: Graphs) -> None:
    made = await create(client)
    assert (await resolve(pool, graphs, made["assistant_id"]))["graph_id"] == "plain"
    assert (await resolve(pool, graphs, "nested"))["graph_id"] == "nested"
    for name, refusal, status in ((str(uuid4()), Unknown, 404), ("unknown", Unusable, 422)):
        with pytest.raises(refusal) as raised:
            await resolve(pool, graphs, name)
        answer = await client.get(f"/assistants/{name}/graph")
        assert (answer.status_code, answer.json()) == (status, {"detail": str(raised.value)})
