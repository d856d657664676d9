"""Reading an earlier state."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.state.finished import FinishedChain
from onceproof.conformance.wire.client import Api

FIELDS = ("values", "next", "checkpoint", "parent_checkpoint", "metadata", "created_at")
FORMS = pytest.mark.parametrize("form", ["GET", "POST"])


async def read_state_at(
    api: Api, form: str, thread_id: str, checkpoint: dict[str, Any]
) -> httpx.Response:
    path = f"/threads/{thread_id}/state"
    if form == "GET":
        return await api.get(f"{path}/{checkpoint['checkpoint_id']}")
    return await api.post(f"{path}/checkpoint", json={"checkpoint": checkpoint})


@requirement("STA-06")
@FORMS
async def test_each_checkpoint_can_be_read(
    finished_chain: FinishedChain, api: Api, form: str
) -> None:
    for entry in finished_chain.history:
        checkpoint = entry["checkpoint"]
        shown = expect(await read_state_at(api, form, finished_chain.thread_id, checkpoint))
        # The namespace of the graph itself is "", and may be left out.
        shown["checkpoint"].setdefault("checkpoint_ns", "")
        for field in FIELDS:
            same(f"{field} at step {entry['metadata']['step']}", shown[field], entry[field])


@requirement("STA-06")
async def test_a_checkpoint_id_alone_names_a_checkpoint(
    finished_chain: FinishedChain, api: Api
) -> None:
    entry = finished_chain.find_entry_after(1)
    named = {"checkpoint_id": entry["checkpoint"]["checkpoint_id"]}
    shown = expect(await read_state_at(api, "POST", finished_chain.thread_id, named))
    same("values", shown["values"], entry["values"])


@requirement("STA-07")
@FORMS
async def test_an_unknown_checkpoint_is_empty_or_404(
    finished_chain: FinishedChain, api: Api, form: str, observe: Observed
) -> None:
    unknown = {**finished_chain.history[0]["checkpoint"], "checkpoint_id": str(uuid4())}
    response = await read_state_at(api, form, finished_chain.thread_id, unknown)
    shown = expect(response, 200, 404)
    if response.status_code == 200:
        same("values and next", (shown["values"], shown["next"]), ({}, []))
    observe(f"unknown checkpoint by {form}: {response.status_code}")
