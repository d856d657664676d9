"""To other users, an assistant and a cron do not exist, by whatever route they are asked for."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.auth.asking import make_call
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.matrix import Probe, ask, demand
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.routes import CORE, EXTENSIONS, Operation
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api

YEARLY = "0 0 1 1 *"


async def list_operations(api: Api, name: str) -> list[Operation]:
    """List the operations with this id in their path that the target has."""
    found = [each for each in (*CORE, *EXTENSIONS) if name in each.ids]
    return [each for each in found if each in CORE or await claims(api, each.method, each.path)]


@pytest.fixture
async def assistant(alice: Api) -> AsyncIterator[dict[str, Any]]:
    async with Assistants(alice) as made:
        yield await made.new("echo", name="for the eyes of alice")


@pytest.fixture
async def cron(alice: Api) -> AsyncIterator[dict[str, Any]]:
    if not await claims(alice, "POST", "/runs/crons"):
        not_applicable("the target has no crons")
    body = {"assistant_id": "echo", "input": {}, "schedule": YEARLY}
    made = expect(await alice.post("/runs/crons", json=body))
    yield made
    expect(await alice.delete(f"/runs/crons/{made['cron_id']}"), 200, 204)


@requirement("AUT-18")
async def test_no_route_knows_a_foreign_assistant(
    alice: Api, bob: Api, assistant: dict[str, Any]
) -> None:
    assistant_id = assistant["assistant_id"]
    operations = await list_operations(alice, "assistant_id")
    answers = await ask(bob, [make_call(each, assistant_id=assistant_id) for each in operations])
    demand(answers, "404", lambda response: response.status_code == 404)
    after = expect(await alice.get(f"/assistants/{assistant_id}"))
    same("the assistant, which should be unchanged,", after, assistant)


@requirement("AUT-18")
async def test_a_foreign_assistant_is_left_out_of_search_and_count(
    alice: Api, bob: Api, assistant: dict[str, Any]
) -> None:
    wanted = {"name": assistant["name"], "limit": 100}
    for api, there in ((alice, True), (bob, False)):
        found = expect(await api.post("/assistants/search", json=wanted))
        ids = [each["assistant_id"] for each in found]
        same("whether it is found", assistant["assistant_id"] in ids, there)
    metadata = {"metadata": {"owner": "alice"}}
    same("count", expect(await bob.post("/assistants/count", json=metadata)), 0)


@requirement("AUT-18")
async def test_no_route_knows_a_foreign_cron(alice: Api, bob: Api, cron: dict[str, Any]) -> None:
    cron_id = cron["cron_id"]
    operations = await list_operations(alice, "cron_id")
    answers = await ask(bob, [make_call(each, cron_id=cron_id) for each in operations])
    demand(answers, "404", lambda response: response.status_code == 404)
    found = expect(await alice.post("/runs/crons/search", json={"limit": 100}))
    assert cron_id in [each["cron_id"] for each in found], "its owner does not find it any more"


@requirement("AUT-18")
async def test_a_foreign_cron_is_left_out_of_search(bob: Api, cron: dict[str, Any]) -> None:
    found = expect(await bob.post("/runs/crons/search", json={"limit": 100}))
    same("whether it is found", cron["cron_id"] in [each["cron_id"] for each in found], False)


@requirement("AUT-18")
async def test_no_cron_runs_a_foreign_assistant(
    alice: Api, bob: Api, assistant: dict[str, Any]
) -> None:
    if not await claims(alice, "POST", "/runs/crons"):
        not_applicable("the target has no crons")
    body = {"assistant_id": assistant["assistant_id"], "input": {}, "schedule": YEARLY}
    answers = await ask(bob, [Probe("POST", "/runs/crons", {"json": body})])
    demand(answers, "403 or 404", lambda response: response.status_code in (403, 404))
