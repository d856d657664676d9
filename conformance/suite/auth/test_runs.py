"""Runs belong to a user as their thread does."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.exclusive import SWEEPS, touches_others
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

LATER_S = 60


@requirement("AUT-13")
async def test_a_foreign_run_is_neither_cancelled_nor_deleted(
    bob: Api, alice_runs: Runs, sink: Sink
) -> None:
    thread_id = await alice_runs.new_thread()
    async with hold_run(alice_runs, sink, thread_id, steps=1) as run:
        named = {"thread_id": thread_id, "run_ids": [run.run_id]}
        expect_refusal(await bob.post(f"{run.path}/cancel"), 404)
        expect_refusal(await bob.post("/runs/cancel", json=named), 404)
        expect_refusal(await bob.delete(run.path), 404)
    same("status of the run", await alice_runs.until_terminal(run), "success")
    expect_refusal(await bob.delete(run.path), 404)
    same("status of the run", await alice_runs.status(run), "success")


@touches_others(SWEEPS)
@pytest.mark.parametrize("status", ["pending", "all"])
@requirement("AUT-13")
async def test_cancelling_by_status_touches_ones_own_threads_only(
    bob: Api, alice_runs: Runs, bob_runs: Runs, status: str
) -> None:
    hers = await alice_runs.create(
        await alice_runs.new_thread(), "chain", {}, after_seconds=LATER_S
    )
    expect_refusal(await bob.post("/runs/cancel", json={"status": status}), 404)
    his = await bob_runs.create(await bob_runs.new_thread(), "chain", {}, after_seconds=LATER_S)
    expect(await bob.post("/runs/cancel", json={"status": status}), 200, 204)
    same("status of bob's run", await bob_runs.until_terminal(his), "interrupted")
    same("status of alice's run", await alice_runs.status(hers), "pending")


@requirement("RUN-X1")
async def test_a_key_is_its_users_own(alice: Api, bob: Api) -> None:
    if not await claims(alice, "POST", "/runs", "Idempotency-Key"):
        not_applicable("the target does not document an Idempotency-Key")
    key = {"Idempotency-Key": new_nonce()}
    body = {"assistant_id": "echo", "input": {"nonce": new_nonce()}}
    [hers, his, again] = [
        expect(await caller.post("/runs", json=body, headers=key))["run_id"]
        for caller in (alice, bob, alice)
    ]
    same("whether bob got alice's run", his == hers, False)
    same("the run of alice's retry", again, hers)
