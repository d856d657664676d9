"""The official client finds in the assistants and store endpoints what it expects."""

from uuid import uuid4

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient

from onceproof.reference_impl.resources.graphs import default_assistant_id

pytestmark = pytest.mark.anyio


async def test_assistants(client: httpx.AsyncClient) -> None:
    api = LangGraphClient(client).assistants
    mark = {"mark": uuid4().hex}
    made = await api.create("plain", context={"tone": "low"}, metadata=mark, name="n")
    assistant_id = made["assistant_id"]
    assert await api.create("plain", assistant_id=assistant_id, if_exists="do_nothing") == made
    assert await api.get(assistant_id) == made
    assert (await api.update(assistant_id, name="m", metadata={"a": 1}))["version"] == 2
    assert (await api.set_latest(assistant_id, 1))["name"] == "n"
    assert [one["version"] for one in await api.get_versions(assistant_id)] == [2, 1]
    await api.create("plain", metadata=mark)
    first = await api.search(metadata=mark, limit=1, response_format="object")
    assert (len(first["assistants"]), first["next"]) == (1, "1")
    assert await api.count(metadata=mark) == 2
    assert (await api.get_graph(assistant_id, xray=True))["nodes"]
    assert (await api.get_schemas(str(default_assistant_id("plain"))))["input_schema"]
    assert set(await api.get_subgraphs("nested", recurse=True)) == {"outer", "outer|middle"}
    assert set(await api.get_subgraphs("nested", namespace="outer")) == {"outer"}
    await api.delete(assistant_id, delete_threads=True)
    assert await api.count(metadata=mark) == 1


async def test_store(client: httpx.AsyncClient) -> None:
    api, namespace = LangGraphClient(client).store, [uuid4().hex, "x"]
    await api.put_item(namespace, "k", {"n": 1}, index=False)
    item = await api.get_item(namespace, "k", refresh_ttl=False)
    assert (item["namespace"], item["value"]) == (namespace, {"n": 1})
    found = await api.search_items(namespace[:1], filter={"n": {"$gte": 1}}, query="q")
    assert [(one["key"], one["score"]) for one in found["items"]] == [("k", None)]
    listed = await api.list_namespaces(prefix=namespace[:1], suffix=["*"], max_depth=1)
    assert listed["namespaces"] == [namespace[:1]]
    await api.delete_item(namespace, "k")
    assert await api.get_item(namespace, "k") is None
