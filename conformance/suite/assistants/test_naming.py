"""Which assistant a run uses, by id or by graph name, and which version of it."""

from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

ROUTES = ("/threads/{t}/runs", "/threads/{t}/runs/wait", "/threads/{t}/runs/stream")
STATELESS = ("/runs", "/runs/wait", "/runs/stream")


@requirement("AST-12")
async def test_a_run_uses_the_version_that_was_latest_when_it_was_created(
    runs: Runs, sink: Sink, assistants: Assistants
) -> None:
    made = (await assistants.new(config=set_tenant("first")))["assistant_id"]
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, steps=1):
        waiting = await runs.create(thread_id, made, {})
        await assistants.patch(made, config=set_tenant("second"))
        same("the run", await runs.status(waiting), "pending")
    same("the tenant of the waiting run", read_tenant(await runs.join(waiting)), "first")
    _, values = await runs.wait(thread_id, made, {})
    same("the tenant of the next run", read_tenant(values), "second")


@requirement("AST-12")
async def test_a_run_uses_the_version_that_latest_has_gone_back_to(
    runs: Runs, assistants: Assistants
) -> None:
    made = (await assistants.new(config=set_tenant("first")))["assistant_id"]
    await assistants.patch(made, config=set_tenant("second"))
    await assistants.set_latest(made, 1)
    _, values = await runs.wait(await runs.new_thread(), made, {})
    same("the tenant", read_tenant(values), "first")


@requirement("AST-22")
async def test_a_run_names_its_assistant_by_id(
    api: Api, runs: Runs, assistants: Assistants
) -> None:
    made = (await assistants.new(config=set_tenant("by-id")))["assistant_id"]
    run, values = await runs.wait(await runs.new_thread(), made, {})
    same("the assistant of the run", expect(await api.get(run.path))["assistant_id"], made)
    same("the tenant", read_tenant(values), "by-id")


@requirement("AST-22")
async def test_a_run_names_its_assistant_by_graph(
    api: Api, runs: Runs, assistants: Assistants
) -> None:
    run, values = await runs.wait(await runs.new_thread(), "echo", {"text": "by graph"})
    same("what the graph echoed", values["text"], "by graph")
    used = expect(await api.get(run.path))["assistant_id"]
    same("the graph of the assistant", (await assistants.get(used))["graph_id"], "echo")
    by_id, _ = await runs.wait(await runs.new_thread(), used, {})
    same("the assistant by its id", expect(await api.get(by_id.path))["assistant_id"], used)


@requirement("AST-23")
@pytest.mark.parametrize("route", ROUTES)
async def test_a_run_for_an_unknown_assistant_is_refused_and_not_stored(
    api: Api, runs: Runs, route: str
) -> None:
    thread_id = await runs.new_thread()
    await expect_refusal_of_unknown(api, route.format(t=thread_id))
    stored = expect(await api.get(f"/threads/{thread_id}/runs"))
    same("runs of the thread", stored, [])
    same("the thread", expect(await api.get(f"/threads/{thread_id}"))["status"], "idle")


@requirement("AST-23")
@pytest.mark.parametrize("route", STATELESS)
async def test_a_stateless_run_for_an_unknown_assistant_is_refused(api: Api, route: str) -> None:
    await expect_refusal_of_unknown(api, route)


async def expect_refusal_of_unknown(api: Api, path: str) -> None:
    """Expect 422 for a name that no graph has, 404 for an id that no assistant has."""
    __tracebackhide__ = True
    for name, status in (("no-such-graph", 422), (str(uuid4()), 404)):
        expect_refusal(await api.post(path, json={"assistant_id": name, "input": {}}), status)


def set_tenant(tenant: str) -> dict[str, Any]:
    """Return the config of an assistant of this tenant; its context need not follow (AST-07)."""
    return {"configurable": {"tenant": tenant}}


def read_tenant(values: dict[str, Any]) -> Any:
    """Read the assistant's tenant setting as the graph saw it."""
    return values["config"]["configurable"].get("tenant")
