"""State that JSON does not have, or that no other process could have."""

from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.reads import read_state, read_thread
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

#: Runs of either kind that end at about the same time, and how long all of them may take.
BESIDE = 8
END_S = 30.0

VALUES = ["bytes", "number", "tuple"]


@requirement("STA-29")
async def test_keys_that_are_not_text_end_the_run_cleanly(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    handle, answer = await runs.wait(thread_id, "odd_state", {"what": "keys"})
    status = await runs.until_terminal(handle)
    if status == "error":
        assert "odd" in message_of(answer), (
            f"the error should name the key 'odd', but says {message_of(answer)!r}"
        )
    else:
        same("status", status, "success")
        same("values under the odd keys", sorted(answer["odd"].values()), VALUES)
    await read_state(api, thread_id)
    await read_thread(api, thread_id)
    expect(await api.post(f"/threads/{thread_id}/history", json={}), 200)


@requirement("STA-30")
async def test_state_that_cannot_be_stored_is_an_error_that_names_its_key(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "odd_state", {"what": "function"}) as sub:
        events = await sub.collect()
        answer = await runs.join(sub.handle)
    same("status", await runs.until_terminal(sub.handle), "error")
    assert "odd" in message_of(answer), (
        f"the error should name the key 'odd', but says {message_of(answer)!r}"
    )
    attempts = {event.json().get("attempt") for event in events if event.name == "metadata"}
    same("attempts after the first", attempts - {None, 1}, set())


@requirement("STA-30")
async def test_a_thread_goes_on_after_state_that_could_not_be_stored(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "odd_state", {"what": "function"})
    handle, _ = await runs.wait(thread_id, "echo", {})
    same("status of the next run", await runs.until_terminal(handle), "success")


@requirement("STA-30")
async def test_runs_beside_state_that_cannot_be_stored_end_well(runs: Runs) -> None:
    threads = [await runs.new_thread() for _ in range(2 * BESIDE)]
    beside = [await runs.create(each, "chain", {"steps": 2}) for each in threads[:BESIDE]]
    odd = [await runs.create(each, "odd_state", {"what": "function"}) for each in threads[BESIDE:]]
    same("statuses of the others", set(await wait_for_ends(runs, beside, END_S)), {"success"})
    same("statuses", set(await wait_for_ends(runs, odd, END_S)), {"error"})


def message_of(answer: Any) -> str:
    """Return the message of a failed run as wait and join answer it; empty without one."""
    error = answer.get("__error__") if isinstance(answer, dict) else None
    return str(error.get("message")) if isinstance(error, dict) else ""
