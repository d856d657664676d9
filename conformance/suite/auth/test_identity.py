"""The graph knows on whose behalf it runs."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

SPOOF = {
    "langgraph_auth_user": {"identity": "bob"},
    "langgraph_auth_user_id": "bob",
}
CRONS = "/threads/{thread_id}/runs/crons"
FIRED_S = 15.0


@pytest.mark.parametrize("config", [{}, {"configurable": SPOOF}], ids=["plain", "spoofed"])
@requirement("AUT-09")
async def test_a_run_has_the_user_who_made_it(alice_runs: Runs, config: dict[str, Any]) -> None:
    for thread_id in (await alice_runs.new_thread(), None):
        _, values = await alice_runs.wait(thread_id, "echo", {}, config=config)
        same("identity", values["user"]["identity"], "alice")
        known = values["config"]["configurable"]
        same("id", known.get("langgraph_auth_user_id", "alice"), "alice")


@requirement("AUT-09")
async def test_a_background_run_has_the_user_who_made_it(alice: Api, alice_runs: Runs) -> None:
    thread_id = await alice_runs.new_thread()
    handle = await alice_runs.create(thread_id, "echo", {})
    same("status", await alice_runs.until_terminal(handle), "success")
    state = expect(await alice.get(f"/threads/{thread_id}/state"))
    same("identity", state["values"]["user"]["identity"], "alice")


@requirement("AUT-09")
async def test_a_run_of_a_cron_has_the_user_who_made_the_cron(alice: Api, alice_runs: Runs) -> None:
    if not await claims(alice, "POST", CRONS):
        not_applicable("the target has no crons")
    thread_id = await alice_runs.new_thread()
    body = {"assistant_id": "echo", "input": {}, "schedule": "* * * * * *"}
    made = await alice.post(CRONS.format(thread_id=thread_id), json=body)
    if made.status_code in (400, 422):
        inconclusive(
            "the target fires crons at most once a minute, which takes too long to wait for"
        )
    cron_id = expect(made)["cron_id"]

    async def identity() -> Any:
        state = expect(await alice.get(f"/threads/{thread_id}/state"))
        return (state["values"].get("user") or {}).get("identity")

    try:
        await expect_eventually("identity", identity, "alice", within_s=FIRED_S)
    finally:
        expect(await alice.delete(f"/runs/crons/{cron_id}"), 200, 204)
