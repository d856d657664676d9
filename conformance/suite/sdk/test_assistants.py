"""`client.assistants`, method by method."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from langgraph_sdk.errors import NotFoundError

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.wire.handles import new_nonce


@pytest.fixture
def mark() -> dict[str, str]:
    return {"sdk": new_nonce()}


@pytest.fixture
async def assistant(client: Any, mark: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    """An assistant of the graph `echo`."""
    assistant = await client.assistants.create("echo", metadata=mark, name="first", config={})
    yield assistant
    for left in await client.assistants.search(metadata=mark):
        await client.assistants.delete(left["assistant_id"])


@requirement("SDK-01", "SDK-02")
async def test_create_get_search_and_count(
    client: Any, assistant: dict[str, Any], mark: dict[str, str]
) -> None:
    assistants = client.assistants
    assistant_id = assistant["assistant_id"]
    again = await assistants.create("echo", assistant_id=assistant_id, if_exists="do_nothing")
    same("assistant created again", again, assistant)
    same("assistant", await assistants.get(assistant_id), assistant)
    same("assistants found", await assistants.search(metadata=mark, graph_id="echo"), [assistant])
    page = await assistants.search(metadata=mark, limit=1, response_format="object")
    same("page of assistants", (page["assistants"], page["next"]), ([assistant], None))
    same("count", await assistants.count(metadata=mark), 1)


@requirement("SDK-01", "SDK-02")
async def test_update_and_versions(client: Any, assistant: dict[str, Any]) -> None:
    assistants, assistant_id = client.assistants, assistant["assistant_id"]
    updated = await assistants.update(assistant_id, name="second", metadata={"more": True})
    same("version after an update", updated["version"], 2)
    versions = await assistants.get_versions(assistant_id)
    same("versions", [each["version"] for each in versions], [2, 1])
    back = await assistants.set_latest(assistant_id, 1)
    same("name of version 1", back["name"], "first")


@requirement("SDK-01", "SDK-02")
async def test_graph_and_schemas(client: Any, assistant: dict[str, Any]) -> None:
    drawn = await client.assistants.get_graph(assistant["assistant_id"], xray=True)
    assert drawn["nodes"], "the graph of an assistant should have nodes"
    schemas = await client.assistants.get_schemas(assistant["assistant_id"])
    same("graph of the schemas", schemas["graph_id"], "echo")


@requirement("SDK-01", "SDK-02")
async def test_delete(client: Any, assistant: dict[str, Any]) -> None:
    same("answer", await client.assistants.delete(assistant["assistant_id"]), None)
    with pytest.raises(NotFoundError):
        await client.assistants.get(assistant["assistant_id"])
