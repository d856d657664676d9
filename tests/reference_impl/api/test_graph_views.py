"""Drawings, schemas and subgraphs of an assistant's graph."""

import httpx
import pytest

pytestmark = pytest.mark.anyio


async def test_drawing_expands_subgraphs(client: httpx.AsyncClient) -> None:
    async def nodes(query: str) -> set[str]:
        answer = await client.get(f"/assistants/nested/graph{query}")
        assert answer.status_code == 200, answer.text
        drawing = answer.json()
        assert drawing["edges"][0].keys() >= {"source", "target"}
        return {node["id"] for node in drawing["nodes"]}

    assert await nodes("") == {"__start__", "outer", "__end__"}
    assert await nodes("?xray=1") == {"__start__", "outer:middle", "__end__"}
    assert "outer:middle:inner" in await nodes("?xray=true")


async def test_schemas(client: httpx.AsyncClient) -> None:
    found = (await client.get("/assistants/plain/schemas")).json()
    assert found["graph_id"] == "plain"
    for name in ("input_schema", "output_schema", "state_schema"):
        assert set(found[name]["properties"]) == {"text", "log"}, name
    assert found["context_schema"]["properties"].keys() == {"tone"}
    assert found["config_schema"] == found["context_schema"]


async def test_subgraphs(client: httpx.AsyncClient) -> None:
    async def names(rest: str) -> set[str]:
        answer = await client.get(f"/assistants/nested/subgraphs{rest}")
        assert answer.status_code == 200, answer.text
        assert all(part["input_schema"] for part in answer.json().values())
        return set(answer.json())

    assert await names("") == {"outer"}
    assert await names("?recurse=true") == {"outer", "outer|middle"}
    assert await names("/outer") == {"outer"}
    assert await names("/outer%7Cmiddle?recurse=true") == {"outer|middle"}
    assert await names("/unknown") == set()
