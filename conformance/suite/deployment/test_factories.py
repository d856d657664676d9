"""Graphs that are made when they are needed, as conformance/probes/graphs/factory.py makes them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.runner.lanes import in_one_lane
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.assistants import default_assistant_id
from onceproof.conformance.suite.kit.configured import try_start
from onceproof.conformance.suite.kit.deployments import Deployment
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import WebhookReceiver

FILE = "./graphs/factory.py"
SECTIONS = {
    "graphs": {
        "factory": f"{FILE}:make_graph",
        "plain_factory": f"{FILE}:make_plain",
        "async_factory": f"{FILE}:make_async",
        "broken_factory": f"{FILE}:make_broken",
    },
    "auth": {"path": "./auth.py:auth"},
}


@dataclass
class User:
    """A user of the deployment, as conformance/probes/auth.py knows them."""

    name: str
    api: Api
    runs: Runs


@pytest.fixture(scope="module")
@in_one_lane
async def trial(session: Session) -> AsyncIterator[Deployment | str]:
    """Provide a deployment with factories, or why it does not start with them."""
    async with try_start(session, SECTIONS) as made:
        yield made


@pytest.fixture
def deployment(trial: Deployment | str) -> Deployment:
    if isinstance(trial, str):
        inconclusive(trial)
    return trial


@pytest.fixture
async def users(deployment: Deployment, session: Session) -> AsyncIterator[list[User]]:
    """Provide alice and bob."""
    urls, history, sink = deployment.target.urls, session.history, session.sink.url
    one, other = ({"authorization": f"Bearer {name}"} for name in ("alice", "bob"))
    async with (
        Api(urls, history, headers=one, guard=session.guard) as alice,
        Api(urls, history, headers=other, guard=session.guard) as bob,
        Runs(alice, history, sink) as hers,
        Runs(bob, history, sink) as his,
    ):
        await require_the_auth_module(alice)
        yield [User("alice", alice, hers), User("bob", bob, his)]


async def require_the_auth_module(api: Api) -> None:
    """Require that the target lets in whoever the probes' auth module knows; else inconclusive."""
    status = (await api.post("/threads/search", json={"limit": 1})).status_code
    if status != 200:
        inconclusive(f"the target answers {status} to a user whom the probes' auth module knows")


@requirement("DEP-30")
async def test_a_deployment_with_factories_starts(trial: Deployment | str) -> None:
    assert not isinstance(trial, str), f"without factories it starts, but: {trial}"


@requirement("DEP-30")
async def test_each_run_has_a_graph_that_was_made_for_it(users: list[User]) -> None:
    for user in users:
        for graph_id in ("factory", "async_factory"):
            config = {"configurable": {"tenant": f"tenant of {user.name}"}}
            thread_id = await user.runs.new_thread()
            _, values = await user.runs.wait(thread_id, graph_id, {}, config=config)
            same(f"{graph_id}: the tenant", values.get("tenant"), f"tenant of {user.name}")
            same(f"{graph_id}: whether it is this run's graph", values.get("same"), True)


@requirement("DEP-30")
async def test_a_factory_knows_whose_run_it_is(deployment: Deployment, users: list[User]) -> None:
    async with Api(deployment.target.urls, guard=deployment.api.guard) as anybody:
        if (await anybody.post("/threads/search", json={})).status_code != 401:
            inconclusive("the target authenticates nobody with the probes' auth module")
    for user in [*users, *users]:
        _, values = await user.runs.wait(await user.runs.new_thread(), "factory", {})
        same("the user for whom the graph was made", values.get("made_for"), user.name)


@requirement("DEP-30")
async def test_a_factory_may_take_nothing(users: list[User]) -> None:
    handle, _ = await users[0].runs.wait(await users[0].runs.new_thread(), "plain_factory", {})
    same("status", await users[0].runs.status(handle), "success")


@requirement("DEP-30")
@pytest.mark.parametrize("graph_id", ["factory", "plain_factory", "async_factory"])
async def test_its_graph_can_be_looked_at_and_its_state_changed(
    users: list[User], graph_id: str
) -> None:
    api, assistant_id = users[0].api, default_assistant_id(graph_id)
    shown = expect(await api.get(f"/assistants/{assistant_id}/schemas"))
    assert "tenant" in str(shown["state_schema"]), f"the state's schema is {shown['state_schema']}"
    drawn = expect(await api.get(f"/assistants/{assistant_id}/graph"))
    assert "name" in [node["id"] for node in drawn["nodes"]], f"the nodes are {drawn['nodes']}"
    thread_id = await users[0].runs.new_thread()
    await users[0].runs.wait(thread_id, graph_id, {})
    change = {"values": {"tenant": "changed"}, "as_node": "name"}
    expect(await api.post(f"/threads/{thread_id}/state", json=change))
    state = expect(await api.get(f"/threads/{thread_id}/state"))
    same("the state after the change", state["values"].get("tenant"), "changed")


@requirement("DEP-31")
@pytest.mark.parametrize("end", ["success", "error", "interrupted"])
async def test_a_factory_is_left_once_when_its_run_is_over(
    users: list[User], session: Session, end: str
) -> None:
    """The configurable names the run that the reports are about."""
    runs, name = users[0].runs, uuid4().hex
    value = {"sleep_ms": 20_000 if end == "interrupted" else 0, "fail": end == "error"}
    with WebhookReceiver(host=session.sink.host) as reports:
        config: Any = {"configurable": {"report": reports.url, "nonce": name}}
        handle = await runs.create(await runs.new_thread(), "factory", value, config=config)
        await expect_eventually("enters", lambda: _count(reports, f"enter/{name}"), 1)
        if end == "interrupted":
            expect(await runs.cancel(handle), 200, 202, 204)
        same("status", await runs.until_terminal(handle), end)
        await expect_eventually("leaves", lambda: _count(reports, f"leave/{name}"), 1)
        same("enters in the end", await _count(reports, f"enter/{name}"), 1)


async def _count(reports: WebhookReceiver, what: str) -> int:
    return sum(each.path.endswith(what) for each in reports.deliveries)


@requirement("DEP-32")
async def test_a_factory_that_raises_fails_its_own_runs_alone(users: list[User]) -> None:
    """Its thread is made by hand: nothing can be read of it that needs the graph."""
    api, runs = users[0].api, users[0].runs
    path = f"/threads/{expect(await api.post('/threads', json={}))['thread_id']}"
    body = {"assistant_id": "broken_factory", "input": {}}
    expect(await api.post(f"{path}/runs/wait", json=body))
    same("its runs", [run["status"] for run in expect(await api.get(f"{path}/runs"))], ["error"])
    handle, _ = await runs.wait(await runs.new_thread(), "plain_factory", {})
    same("status of another graph's run", await runs.status(handle), "success")
    expect(await api.delete(path), 200, 204)
