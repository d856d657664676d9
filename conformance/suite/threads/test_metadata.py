"""Changing a thread's metadata."""

from datetime import datetime

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_values, same
from onceproof.conformance.suite.kit.reads import read_thread
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

MINIMAL = {"Prefer": "return=minimal"}


@requirement("THR-04")
async def test_a_patch_merges_metadata_key_by_key(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread(metadata={"kept": 1, "changed": {"a": 1}})
    changes = {"changed": {"b": 2}, "added": [3]}
    patched = expect(await api.patch(f"/threads/{thread_id}", json={"metadata": changes}))
    expect_values("metadata", patched["metadata"], {"kept": 1, **changes})
    for place in range(len(api.urls)):
        same("the thread when read", await read_thread(api, thread_id, at=place), patched)


@requirement("THR-04")
async def test_a_patch_advances_updated_at(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    before = await read_thread(api, thread_id)
    after = expect(await api.patch(f"/threads/{thread_id}", json={"metadata": {"a": 1}}))
    earlier, later = (datetime.fromisoformat(each["updated_at"]) for each in (before, after))
    assert later > earlier, f"updated_at is {later}, but should be after {earlier}"
    same("created_at", after["created_at"], before["created_at"])


@requirement("THR-05")
async def test_a_minimal_patch_is_applied_without_an_answer(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread(metadata={"kept": 1})
    response = await api.patch(
        f"/threads/{thread_id}", json={"metadata": {"added": 2}}, headers=MINIMAL
    )
    expect(response, 204)
    same("the body", response.content, b"")
    metadata = (await read_thread(api, thread_id))["metadata"]
    expect_values("metadata", metadata, {"kept": 1, "added": 2})
