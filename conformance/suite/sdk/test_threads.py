"""`client.threads`, method by method."""

from typing import Any
from uuid import uuid4

import pytest
from langgraph_sdk.errors import NotFoundError

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs


@requirement("SDK-01", "SDK-02")
async def test_create_get_update_search_count_and_delete(client: Any, runs: Runs) -> None:
    threads, mark, wanted = client.threads, {"sdk": new_nonce()}, str(uuid4())
    made = await threads.create(thread_id=wanted, metadata=mark, graph_id="echo")
    runs.threads.adopt(wanted)
    same("id", made["thread_id"], wanted)
    again = await threads.create(thread_id=wanted, if_exists="do_nothing")
    same("thread created again", again["thread_id"], wanted)
    await threads.update(wanted, metadata={"more": True})
    same("metadata", (await threads.get(wanted))["metadata"].get("more"), True)
    found = await threads.search(metadata=mark, status="idle", limit=5)
    same("threads found", [each["thread_id"] for each in found], [wanted])
    same("count", await threads.count(metadata=mark), 1)
    same("answer to a delete", await threads.delete(wanted), None)
    with pytest.raises(NotFoundError):
        await threads.get(wanted)


@requirement("SDK-01", "SDK-02")
async def test_state_history_update_and_copy(client: Any, runs: Runs, thread_id: str) -> None:
    threads, nonce = client.threads, new_nonce()
    await client.runs.wait(thread_id, "chain", input={"nonce": nonce, "steps": 2})
    state = await threads.get_state(thread_id)
    same("nonce in the state", state["values"]["nonce"], nonce)
    past = await threads.get_history(thread_id, limit=2)
    same("length of the history asked for", len(past), 2)
    same("newest of the history", past[0]["checkpoint"], state["checkpoint"])
    earlier = await threads.get_state(thread_id, checkpoint=past[1]["checkpoint"])
    same("an earlier state", earlier["values"], past[1]["values"])
    before = await threads.get_history(thread_id, before=past[0]["checkpoint"], limit=1)
    same("history before the newest", before[0]["checkpoint"], past[1]["checkpoint"])
    written = await threads.update_state(thread_id, {"pad": "written"}, as_node="step")
    newest = await threads.get_state(thread_id)
    same("checkpoint of the update", newest["checkpoint"], written["checkpoint"])
    same("value of the update", newest["values"]["pad"], "written")
    copied = await threads.copy(thread_id)
    runs.threads.adopt(copied["thread_id"])
    copy = await threads.get_state(copied["thread_id"])
    same("state of the copy", copy["values"], newest["values"])
