"""Several runs in one request."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

SIZE = 20


@requirement("RUN-24")
async def test_a_batch_is_returned_in_the_order_of_its_payloads(api: Api) -> None:
    nonces = [new_nonce() for _ in range(SIZE)]
    batch = [{"assistant_id": "echo", "input": {"nonce": nonce}} for nonce in nonces]
    made = expect(await api.post("/runs/batch", json=batch))
    same("nonces of the runs", [run["kwargs"]["input"]["nonce"] for run in made], nonces)
    same("number of different runs", len({run["run_id"] for run in made}), SIZE)


@requirement("RUN-24")
async def test_every_run_of_a_batch_is_executed(runs: Runs) -> None:
    item = {"graph": "chain", "input": {"steps": 1}, "on_completion": "keep"}
    handles = await runs.batch([item] * SIZE)
    results = await asyncio.gather(*(runs.join(handle) for handle in handles))
    got = [[entry["nonce"] for entry in values["log"]] for values in results]
    same("nonces in the results", got, [[handle.nonce] for handle in handles])


@requirement("RUN-24")
async def test_an_empty_batch_is_refused(api: Api) -> None:
    expect_refusal(await api.post("/runs/batch", json=[]), 422)


@pytest.mark.parametrize(
    "flaw",
    [{"assistant_id": str(uuid4())}, {"stream_mode": "telepathy"}],
    ids=["unknown assistant", "unknown stream mode"],
)
@requirement("RUN-25")
async def test_a_batch_with_a_bad_item_creates_nothing(
    runs: Runs, sink: Sink, flaw: dict[str, Any]
) -> None:
    nonces = [new_nonce() for _ in range(3)]
    good = [{"graph": "chain", "input": {"nonce": nonce, "steps": 1}} for nonce in nonces]
    with pytest.raises(RunRefused) as refusal:
        await runs.batch([*good[:2], {"graph": "chain", "input": {"steps": 1}, **flaw}, good[2]])
    assert 400 <= (refusal.value.status or 0) < 500, f"the batch: {refusal.value}"
    # Runs start in the order of their acceptance, so one that comes later proves that none did.
    later = [await runs.create(await runs.new_thread(), "chain", {"steps": 1}) for _ in range(3)]
    assert await runs.final_snapshot(later), "the runs after the batch have not ended"
    begun = [nonce for nonce in nonces if sink.executions(nonce)]
    same("runs of the refused batch that were executed", begun, [])
