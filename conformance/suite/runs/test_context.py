"""Which parts of a request reach the graph and the run's metadata."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_values, same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.runs.ways import ask, read_run
from onceproof.conformance.targets import Target
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.create import unwrap
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs

SPOOF = "00000000-0000-4000-8000-000000000000"
SECRETS = {"authorization": "Bearer onceproof-secret-1", "x-api-key": "onceproof-secret-2"}
CUSTOM = {"onceproof-custom": "onceproof-custom-value"}


@pytest.fixture
async def assistant(api: Api) -> AsyncIterator[dict[str, Any]]:
    """An assistant of the echo graph with metadata of its own."""
    body = {"graph_id": "echo", "metadata": {"of_assistant": "a"}}
    made = expect(await api.post("/assistants", json=body))
    yield made
    await api.delete(f"/assistants/{made['assistant_id']}")


@requirement("RUN-11")
async def test_metadata_of_all_levels_is_merged(
    api: Api, runs: Runs, assistant: Mapping[str, Any]
) -> None:
    thread_id = await runs.new_thread(metadata={"of_thread": "t"})
    response = await ask(
        api,
        "wait",
        thread_id,
        assistant["assistant_id"],
        metadata={"of_request": "r"},
        config={"metadata": {"of_config": "c"}},
    )
    wanted = {"of_assistant": "a", "of_thread": "t", "of_config": "c", "of_request": "r"}
    run = await read_run(api, response)
    expect_values("metadata of the run", run["metadata"], wanted)


@requirement("RUN-11")
async def test_a_client_cannot_override_the_assistant_id(
    api: Api, runs: Runs, assistant: Mapping[str, Any]
) -> None:
    thread_id = await runs.new_thread()
    response = await ask(
        api,
        "wait",
        thread_id,
        assistant["assistant_id"],
        metadata={"assistant_id": SPOOF},
        config={"metadata": {"assistant_id": SPOOF}},
    )
    values, run = unwrap(expect(response)), await read_run(api, response)
    same("assistant_id of the run", run["assistant_id"], assistant["assistant_id"])
    same("assistant_id in its metadata", run["metadata"].get("assistant_id"), run["assistant_id"])
    passed = values["config"]["metadata"].get("assistant_id")
    same("assistant_id passed to the graph", passed, run["assistant_id"])


@requirement("RUN-30")
async def test_tags_metadata_and_configurable_reach_the_graph(api: Api, runs: Runs) -> None:
    configurable, metadata = {"tenant": "acme", "level": 3}, {"ticket": "T-1"}
    response = await ask(
        api,
        "wait",
        await runs.new_thread(),
        config={"tags": ["red", "blue"], "configurable": configurable},
        metadata=metadata,
    )
    config = unwrap(expect(response))["config"]
    expect_values("configurable", config["configurable"], configurable)
    expect_values("metadata", config["metadata"], metadata)
    same("tags", {"red", "blue"} - set(config["tags"]), set())


@requirement("RUN-31")
async def test_headers_with_credentials_do_not_reach_the_graph(
    api: Api, runs: Runs, target: Target, observe: Observed
) -> None:
    thread_id = await runs.new_thread()
    body = {"assistant_id": "echo", "input": {"nonce": new_nonce()}}
    response = await api.post(
        f"/threads/{thread_id}/runs/wait", json=body, headers={**SECRETS, **CUSTOM}
    )
    if response.status_code in (401, 403):
        inconclusive("the target requires credentials, and this test sends invented ones")
    configurable = unwrap(expect(response))["config"]["configurable"]
    for name, value in SECRETS.items():
        assert name not in configurable, f"header {name!r} reached the graph's configurable"
        assert value not in str(configurable), f"the value of {name!r} reached the graph"
    passed = CUSTOM["onceproof-custom"] in str(configurable)
    observe(f"an unknown header: {'passed to the graph' if passed else 'not passed to the graph'}")
    # The settings of a deployment that onceproof did not start may allow any header.
    if target.offers("header-list"):
        assert not passed, "a header that the deployment does not allow reached the graph"
