"""What operators write into langgraph.json: an application of their own, and the `http` keys."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from onceproof.conformance.faults import revive
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.runner.lanes import in_one_lane
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.configured import start_with
from onceproof.conformance.suite.kit.deployments import Deployment
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import WebhookReceiver

HERE, ELSEWHERE = "https://here.example", "https://elsewhere.example"
CREDENTIALS = {"authorization": "Bearer alice"}
SECTIONS: dict[str, Any] = {
    "graphs": {"asking": "./graphs/inside.py:asking", "looking": "./graphs/inside.py:looking"},
    "auth": {"path": "./auth.py:auth"},
    "http": {
        "app": "./own_app.py:app",
        "enable_custom_route_auth": True,
        "cors": {"allow_origins": [HERE], "allow_credentials": True},
        "configurable_headers": {"includes": ["x-tenant-*"], "excludes": ["x-tenant-secret"]},
    },
    "webhooks": {
        "url": {"require_https": False, "disable_loopback": False},
        "headers": CREDENTIALS,
    },
}
STOP_S = 15.0


@dataclass
class Scene:
    """A deployment with these sections, what its application reports, and clients of it."""

    deployment: Deployment
    reports: WebhookReceiver
    anybody: Api
    alice: Api
    broken: Api

    def count(self, what: str) -> int:
        """Count the reports of this kind."""
        return sum(each.path == f"/{what}" for each in self.reports.deliveries)


@pytest.fixture(scope="module")
@in_one_lane
async def scene(session: Session) -> AsyncIterator[Scene]:
    """Provide the deployment, with a separate worker where the target has such."""
    with WebhookReceiver(host=session.sink.host) as reports:
        env = {"ONCEPROOF_REPORTS": reports.url}
        split = session.options.has_roles
        async with start_with(session, SECTIONS, env, worker_replicas=int(split)) as made:
            urls, guard = made.target.urls, session.guard
            async with (
                Api(urls, session.history, guard=guard) as anybody,
                Api(urls, session.history, headers=CREDENTIALS, guard=guard) as alice,
                Api(urls, headers={"authorization": "Bearer broken"}, guard=guard) as broken,
            ):
                yield Scene(made, reports, anybody, alice, broken)


@pytest.fixture
async def runs(scene: Scene, session: Session) -> AsyncIterator[Runs]:
    async with Runs(scene.alice, session.history, session.sink.url) as made:
        yield made


async def require_own_routes(scene: Scene) -> None:
    """Require that the deployment's own application is there at all."""
    if (await scene.alice.get("/own/route")).status_code == 404:
        not_applicable("the target serves no routes of the deployment's own")


async def preflight(api: Api, origin: str, **headers: str) -> httpx.Headers:
    """Return the headers of the answer to a browser that asks whether a page may search."""
    asked = {"origin": origin, "access-control-request-method": "POST", **headers}
    return (await api.request("OPTIONS", "/threads/search", headers=asked)).headers


@requirement("DEP-34")
async def test_own_routes_ask_for_credentials_where_that_is_configured(scene: Scene) -> None:
    await require_own_routes(scene)
    refused = await scene.anybody.get("/own/route")
    same("status without credentials", refused.status_code, 401)
    same(
        "the answer to a known user",
        expect(await scene.alice.get("/own/route")),
        {"own": "/own/route"},
    )


@requirement("DEP-35")
async def test_a_client_without_a_url_finds_the_server_in_an_own_route(scene: Scene) -> None:
    await require_own_routes(scene)
    found = expect(await scene.alice.get("/own/graphs"))
    assert "chain" in found, f"the graphs that it found are {found}"


@requirement("DEP-35")
async def test_a_client_without_a_url_finds_the_server_in_a_node(runs: Runs) -> None:
    handle, values = await runs.wait(await runs.new_thread(), "asking", {"text": "from within"})
    same("status", await runs.until_terminal(handle), "success")
    same("the answer of the other graph", values.get("answer"), "from within")


@requirement("DEP-33")
async def test_the_lifespan_runs_where_runs_are_executed(scene: Scene, runs: Runs) -> None:
    await require_own_routes(scene)
    _, values = await runs.wait(await runs.new_thread(), "looking", {})
    process = f"{values.get('host')}/{values.get('pid')}"
    same(f"starts of the lifespan in {process}", scene.count(f"start/{process}"), 1)
    same("what the node saw opened", values.get("opened"), [values.get("pid")])


@requirement("RUN-38")
async def test_headers_that_are_included_reach_the_graph_and_no_others(
    scene: Scene, runs: Runs
) -> None:
    path = f"/threads/{await runs.new_thread()}/runs/wait"
    sent = {"x-tenant-id": "a", "x-tenant-secret": "b", "x-other": "c"}
    body = {"assistant_id": "echo", "input": {}}
    answer = expect(await scene.alice.post(path, json=body, headers={**CREDENTIALS, **sent}))
    seen = answer["config"]["configurable"]
    same("what arrived", {name: seen[name] for name in sent if name in seen}, {"x-tenant-id": "a"})
    assert "authorization" not in seen, "the credentials reached the graph"


@requirement("SYS-31")
async def test_only_the_configured_origin_may_call_with_credentials(scene: Scene) -> None:
    here = await preflight(scene.anybody, HERE)
    same("the allowed origin", here.get("access-control-allow-origin"), HERE)
    same("credentials", here.get("access-control-allow-credentials"), "true")
    elsewhere = await preflight(scene.anybody, ELSEWHERE)
    same("another origin", elsewhere.get("access-control-allow-origin"), None)


@requirement("SYS-31")
async def test_errors_can_be_read_by_the_configured_origin(scene: Scene) -> None:
    for client, statuses in (
        (scene.anybody, {401}),
        (scene.alice, {400, 422}),
        (scene.broken, {500}),
    ):
        answer = await client.post("/threads/search", content=b"{", headers={"origin": HERE})
        assert answer.status_code in statuses, f"status {answer.status_code}, not {statuses}"
        allowed = answer.headers.get("access-control-allow-origin")
        same(f"the allowed origin with status {answer.status_code}", allowed, HERE)


@requirement("SYS-31")
async def test_any_origin_and_credentials_do_not_go_together(session: Session) -> None:
    cors = {"allow_origins": ["*"], "allow_credentials": True}
    async with start_with(session, {"http": {"cors": cors}}) as deployment:
        headers = await preflight(deployment.api, ELSEWHERE, cookie="a=b")
        answer = await deployment.api.post(
            "/threads/search", json={"limit": 1}, headers={"origin": ELSEWHERE, "cookie": "a=b"}
        )
    for seen in (headers, answer.headers):
        allowed = seen.get("access-control-allow-origin") in ("*", ELSEWHERE)
        both = allowed and seen.get("access-control-allow-credentials") == "true"
        assert not both, f"any origin may send credentials: {seen}"


@requirement("WHK-14")
async def test_a_webhook_may_lead_to_an_own_route_where_loopback_is_allowed(
    scene: Scene, runs: Runs
) -> None:
    await require_own_routes(scene)
    handle, _ = await runs.wait(await runs.new_thread(), "chain", {}, webhook="/own/hook")

    async def calls() -> int:
        return scene.count(f"hook/{handle.run_id}")

    await expect_eventually("calls of the own route", calls, 1)


@requirement("DEP-33")
async def test_the_lifespan_ends_when_its_process_stops(scene: Scene, session: Session) -> None:
    await require_own_routes(scene)
    name, levers = scene.deployment.workers[-1], scene.deployment.levers
    started = scene.reports.deliveries
    starts = {each.path for each in started if each.path.startswith("/start/")}
    try:
        status = await asyncio.to_thread(levers.terminate, name, STOP_S)
    finally:
        await asyncio.to_thread(revive, levers, [name])
    if status is None:
        inconclusive(f"{name} had to be killed")
    ended = [each.path for each in scene.reports.deliveries if each.path.startswith("/stop/")]
    same("lifespans that ended", len(ended), 1)
    assert ended[0].replace("/stop/", "/start/") in starts, f"{ended} has no start"
