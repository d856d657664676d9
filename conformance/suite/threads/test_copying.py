"""Copies of threads."""

from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.reads import Observed, read_history, read_state, read_thread
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


async def copy_thread(aside: Runs, thread_id: str) -> str:
    made = expect(await aside.api.post(f"/threads/{thread_id}/copy"))
    aside.threads.adopt(made["thread_id"])
    same("whether the copy has its own id", made["thread_id"] != thread_id, True)
    copied: str = made["thread_id"]
    return copied


@requirement("THR-08")
async def test_a_copy_has_state_history_and_metadata(aside: Runs, api: Api) -> None:
    thread_id = await aside.new_thread(metadata={"marker": "copied"})
    await aside.wait(thread_id, "chain", {})
    copied = await copy_thread(aside, thread_id)
    original, made = await read_thread(api, thread_id), await read_thread(api, copied)
    for field in ("status", "values"):
        same(f"{field} of the copy", made[field], original[field])
    same("the copied metadata", made["metadata"]["marker"], "copied")
    same(
        "values of the copied state", (await read_state(api, copied))["values"], original["values"]
    )
    then, now = await read_history(api, thread_id), await read_history(api, copied)
    for field in ("values", "next"):
        same(f"{field} in the history", [e[field] for e in now], [e[field] for e in then])
    same("the thread of the copied history", {e["checkpoint"]["thread_id"] for e in now}, {copied})


@requirement("THR-08")
async def test_runs_on_a_copy_and_its_original_do_not_mix(aside: Runs, api: Api) -> None:
    thread_id = await aside.new_thread()
    first, _ = await aside.wait(thread_id, "chain", {"steps": 1})
    copied = await copy_thread(aside, thread_id)
    there, _ = await aside.wait(copied, "chain", {"steps": 2})
    here, _ = await aside.wait(thread_id, "chain", {"steps": 1})
    for each, second, steps in ((thread_id, here, 1), (copied, there, 2)):
        log = (await read_state(api, each))["values"]["log"]
        want = [(first.nonce, 0), *((second.nonce, i) for i in range(steps))]
        same("the ledger", [(entry["nonce"], entry["i"]) for entry in log], want)


@requirement("THR-08")
async def test_a_copy_can_be_copied_and_its_original_again(aside: Runs, api: Api) -> None:
    original = await aside.new_thread()
    first, _ = await aside.wait(original, "chain", {"steps": 1})
    copied = await copy_thread(aside, original)
    second, _ = await aside.wait(copied, "chain", {"steps": 1})
    again, deeper = await copy_thread(aside, original), await copy_thread(aside, copied)
    for each, nonces in ((again, [first.nonce]), (deeper, [first.nonce, second.nonce])):
        log = (await read_state(api, each))["values"]["log"]
        same("whose steps are in the ledger", [entry["nonce"] for entry in log], nonces)
        _, values = await aside.wait(each, "chain", {"steps": 1})
        same("the length of the ledger after a run", len(values["log"]), len(nonces) + 1)


@requirement("THR-08")
async def test_a_copy_outlives_its_original(aside: Runs, api: Api) -> None:
    thread_id = await aside.new_thread()
    _, values = await aside.wait(thread_id, "chain", {})
    copied = await copy_thread(aside, thread_id)
    entries = len(await read_history(api, copied))
    expect(await aside.delete_thread(thread_id), 200, 204)
    same("values of the copy", (await read_state(api, copied))["values"], values)
    same("length of its history", len(await read_history(api, copied)), entries)


@requirement("THR-09")
async def test_copying_an_unknown_thread_is_refused(api: Api, observe: Observed) -> None:
    response = await api.post(f"/threads/{uuid4()}/copy")
    expect_refusal(response, 404, 409)
    observe(f"copy of an unknown thread: {response.status_code}")
