"""Long-term memory: over HTTP, from graph code, and between the two."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from langgraph.store.base import InvalidNamespaceError

from onceproof.reference_impl.core.engine import EXECUTION, GraphUse

pytestmark = pytest.mark.anyio


@pytest.fixture
def root() -> str:
    """A root label of this test's own."""
    return uuid4().hex


async def put(client: httpx.AsyncClient, namespace: list[str], key: str, value: Any) -> None:
    item = {"namespace": namespace, "key": key, "value": value}
    answer = await client.put("/store/items", json=item)
    assert answer.status_code == 204, answer.text


async def search(client: httpx.AsyncClient, *prefix: str, **wanted: Any) -> list[dict[str, Any]]:
    body = {"namespace_prefix": list(prefix), **wanted}
    answer = await client.post("/store/items/search", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def keys(client: httpx.AsyncClient, *prefix: str, **wanted: Any) -> list[str]:
    return [item["key"] for item in await search(client, *prefix, **wanted)]


async def get(client: httpx.AsyncClient, namespace: str, key: str) -> Any:
    answer = await client.get("/store/items", params={"namespace": namespace, "key": key})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_put_again_keeps_created_at_and_bumps_updated_at(
    client: httpx.AsyncClient, root: str
) -> None:
    await put(client, [root, "b"], "k", {"n": 1, "deep": {"x": [None, "ü"]}})
    first = await get(client, f"{root}.b", "k")
    await put(client, [root, "b"], "k", {"n": 2})
    second = await get(client, f"{root}.b", "k")
    assert first["value"] == {"n": 1, "deep": {"x": [None, "ü"]}}
    assert second["value"] == {"n": 2}
    assert second["namespace"] == [root, "b"]
    assert second["created_at"] == first["created_at"]
    assert datetime.fromisoformat(second["updated_at"]) > datetime.fromisoformat(
        first["updated_at"]
    )


async def test_missing_is_null_and_delete_is_idempotent(
    client: httpx.AsyncClient, root: str
) -> None:
    await put(client, [root], "k", {})
    for _ in range(2):
        gone = await client.request(
            "DELETE", "/store/items", json={"namespace": [root], "key": "k"}
        )
        assert gone.status_code == 204
    assert await get(client, root, "k") is None


async def test_search_prefix_is_of_labels_and_newest_update_comes_first(
    client: httpx.AsyncClient, root: str
) -> None:
    for namespace, key in (
        ([root, "a"], "own"),
        ([root, "a", "x"], "below"),
        ([root, "ab"], "not"),
        ([root, "a-b"], "nor"),
    ):
        await put(client, namespace, key, {})
    assert await keys(client, root, "a") == ["below", "own"]
    await put(client, [root, "a"], "own", {})
    assert await keys(client, root, "a") == ["own", "below"]
    assert len(await search(client, root)) == 4


async def test_search_pages_have_ten_items_by_default_and_a_query_has_no_score(
    client: httpx.AsyncClient, root: str
) -> None:
    for number in range(12):
        await put(client, [root], str(number), {})
    assert len(await search(client, root)) == 10
    assert await keys(client, root, limit=5, offset=10) == ["1", "0"]
    assert {item["score"] for item in await search(client, root, query="anything")} == {None}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"n": 2}, {"two"}),
        ({"n": 2, "kind": "odd"}, set()),
        ({"n": {"$gt": 1, "$lt": 3}}, {"two"}),
        ({"n": {"$gte": 2}}, {"two", "ten"}),
        ({"n": {"$lte": 2}}, {"one", "two"}),
        ({"n": {"$eq": 10}}, {"ten"}),
        ({"n": {"$ne": 1}}, {"two", "ten", "text"}),
        ({"n": {"$gt": "a"}}, {"text"}),
        ({"in": {"side": True}}, {"one"}),
        ({"in": {"side": {"$ne": True}}}, {"two", "ten", "text"}),
        ({"tags": ["a", "b"]}, {"two"}),
        ({"absent": None}, {"one", "two", "ten", "text"}),
    ],
)
async def test_filters(
    client: httpx.AsyncClient, root: str, wanted: dict[str, Any], found: set[str]
) -> None:
    await put(client, [root], "one", {"n": 1, "kind": "odd", "in": {"side": True, "more": 1}})
    await put(client, [root], "two", {"n": 2.0, "kind": "even", "tags": ["a", "b"]})
    await put(client, [root], "ten", {"n": 10, "kind": "even", "tags": ["b", "a"]})
    await put(client, [root], "text", {"n": "b"})
    assert set(await keys(client, root, filter=wanted)) == found


async def test_unknown_operator_is_refused_by_name(client: httpx.AsyncClient, root: str) -> None:
    body = {"namespace_prefix": [root], "filter": {"n": {"$like": "x"}}}
    answer = await client.post("/store/items/search", json=body)
    assert answer.status_code == 422
    assert "$like" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["a", "a.x.deep", "b.x", "c.x.y"]),
        ({"prefix": ["a"]}, ["a", "a.x.deep"]),
        ({"prefix": ["*", "x"]}, ["a.x.deep", "b.x", "c.x.y"]),
        ({"suffix": ["x"]}, ["b.x"]),
        ({"suffix": ["x", "*"]}, ["a.x.deep", "c.x.y"]),
        ({"prefix": ["a"], "suffix": ["deep"]}, ["a.x.deep"]),
        ({"prefix": ["a", "x", "deep", "er"]}, []),
        ({"limit": 2, "offset": 1}, ["a.x.deep", "b.x"]),
    ],
)
async def test_namespaces(
    client: httpx.AsyncClient, root: str, wanted: dict[str, Any], found: list[str]
) -> None:
    for namespace in ("a", "a.x.deep", "b.x", "c.x.y"):
        await put(client, [root, *namespace.split(".")], "k1", {})
        await put(client, [root, *namespace.split(".")], "k2", {})
    body = {**wanted, "prefix": [root, *wanted.get("prefix", [])]}
    answer = await client.post("/store/namespaces", json=body)
    assert [".".join(labels[1:]) for labels in answer.json()["namespaces"]] == found


async def test_namespaces_cut_to_a_depth_appear_once(client: httpx.AsyncClient, root: str) -> None:
    for namespace in ("a", "a.x.deep", "a.x.deeper", "b.y"):
        await put(client, [root, *namespace.split(".")], "k", {})
    answer = await client.post("/store/namespaces", json={"prefix": [root], "max_depth": 2})
    assert answer.json() == {"namespaces": [[root, "a"], [root, "b"]]}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"namespace": []}, 400),
        ({"namespace": ["a", ""]}, 422),
        ({"namespace": ["a.b"]}, 422),
        ({"namespace": ["langgraph", "x"]}, 422),
        ({"namespace": "a"}, 422),
        ({"namespace": [1]}, 422),
        ({"key": ""}, 422),
        ({"key": "k" * 3000}, 422),
        ({"value": "text"}, 422),
        ({"value": None}, 422),
        ({"ttl": 0}, 422),
        ({"ttl": 1e300}, 422),
    ],
)
async def test_refused_puts(client: httpx.AsyncClient, change: dict[str, Any], status: int) -> None:
    item = {"namespace": ["a"], "key": "k", "value": {}, **change}
    answer = await client.put("/store/items", json=item)
    assert answer.status_code == status
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("namespace=a", 400), ("key=k", 400), ("namespace=a..b&key=k", 422)],
)
async def test_refused_gets(client: httpx.AsyncClient, query: str, status: int) -> None:
    assert (await client.get(f"/store/items?{query}")).status_code == status


async def test_hostile_text_is_stored_or_refused_but_never_fails(
    client: httpx.AsyncClient, root: str
) -> None:
    await put(client, [root], "k\x00ey", {"a\x00": "b\x00", "huge": 10**30})
    assert (await get(client, root, "k\x00ey"))["value"]["a\ufffd"] == "b\ufffd"
    for raw in (
        '{"namespace":["a"],"key":"\\ud800","value":{}}',
        '{"namespace":["a"],"key":"k","value":{"x":' + "[" * 600 + "]" * 600 + "}}",
        '{"namespace":["a"],"key":"k","value":{"x":' + "[" * 220 + "]" * 220 + "}}",
    ):
        answer = await client.put("/store/items", content=raw)
        assert answer.status_code == 422, raw[:60]
    deep = {"namespace": [root], "key": "d", "value": {"x": nest(190)}}
    assert (await client.put("/store/items", json=deep)).status_code == 204
    assert (await get(client, root, "d"))["value"]["x"]


async def test_concurrent_puts_leave_one_item(client: httpx.AsyncClient, root: str) -> None:
    await asyncio.gather(*(put(client, [root], "k", {"n": n}) for n in range(50)))
    found = await search(client, root)
    assert len(found) == 1
    assert found[0]["value"]["n"] in range(50)


async def test_graph_nodes_and_clients_see_each_others_items(
    client: httpx.AsyncClient, services: Any, root: str
) -> None:
    use = GraphUse(EXECUTION, {})
    async with services.graphs.open("plain", use, store=services.store) as graph:
        await graph.ainvoke({"text": root})
    assert (await get(client, "notes", root))["value"] == {"by": "async"}
    written_from_a_thread = await get(client, "notes", f"{root}-sync")
    assert written_from_a_thread["value"] == {"by": "sync", "after": "async"}


async def test_synchronous_calls_inside_the_event_loop_are_refused(services: Any) -> None:
    with pytest.raises(asyncio.InvalidStateError, match=r"store\.aput"):
        services.store.put(("a",), "k", {})


async def test_a_batch_answers_in_order_and_checks_every_namespace(
    services: Any, root: str
) -> None:
    store = services.store
    await store.aput((root,), "k", {"n": 1})
    assert (await store.aget((root,), "k")).value == {"n": 1}
    await store.adelete((root,), "k")
    assert await store.aget((root,), "k") is None
    with pytest.raises(InvalidNamespaceError):
        await store.aput((root, "a.b"), "k", {})


def nest(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value
