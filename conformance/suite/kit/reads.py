"""What tests read of a thread and its runs, each in one line."""

from collections.abc import Callable
from typing import Any, TypeAlias

import httpx

from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs

#: The fixture `observe`, which takes the form that the target showed.
Observed: TypeAlias = Callable[[str], None]

#: More than any thread of a test has, since servers differ in what they give by default.
ALL = 1000


async def read_status(runs: Runs, handle: RunHandle) -> str | None:
    """Return the status of a run; "unknown" while the replica that is asked is down."""
    try:
        return await runs.status(handle)
    except httpx.TransportError:
        return "unknown"


async def read_thread(api: Api, thread_id: str, *, at: int | None = None) -> dict[str, Any]:
    """Return the thread as the server shows it."""
    thread: dict[str, Any] = expect(await api.get(f"/threads/{thread_id}", at=at))
    return thread


async def read_thread_values(api: Api, thread_id: str) -> dict[str, Any]:
    """Return the values that the thread itself shows, {} if they are null.

    Inconclusive for a server whose threads show none: that is missing once, for THR-17.
    """
    thread = await read_thread(api, thread_id)
    if "values" not in thread:
        inconclusive("the target's threads show no values, which THR-17 judges")
    values: dict[str, Any] = thread["values"] or {}
    return values


async def read_thread_questions(api: Api, thread_id: str) -> list[str]:
    """Return the sorted ids of the questions that the thread itself shows as open.

    Inconclusive for a server whose threads show none: that is missing once, for THR-18.
    """
    thread = await read_thread(api, thread_id)
    if "interrupts" not in thread:
        inconclusive("the target's threads show no interrupts, which THR-18 judges")
    return sorted(each["id"] for found in (thread["interrupts"] or {}).values() for each in found)


async def read_thread_status(api: Api, thread_id: str, *, at: int | None = None) -> str:
    """Return the status of a thread."""
    status: str = (await read_thread(api, thread_id, at=at))["status"]
    return status


async def read_state(api: Api, thread_id: str, **params: str) -> dict[str, Any]:
    """Return the latest state of a thread; `params` go into the query."""
    state: dict[str, Any] = expect(await api.get(f"/threads/{thread_id}/state", params=params))
    return state


async def read_history(api: Api, thread_id: str, **body: Any) -> list[dict[str, Any]]:
    """Return the whole history of a thread, newest first, or the part that `body` asks for."""
    path = f"/threads/{thread_id}/history"
    entries: list[dict[str, Any]] = expect(await api.post(path, json={"limit": ALL, **body}))
    return entries


def checkpoint_id(entry: dict[str, Any]) -> str:
    """Return the id of the checkpoint that a state or a history entry shows."""
    identifier: str = entry["checkpoint"]["checkpoint_id"]
    return identifier


async def checkpoints_with(api: Api, thread_id: str, nonce: str) -> list[str]:
    """Return the checkpoints in the thread's history whose values show anything of a run."""
    entries = await read_history(api, thread_id)
    return [checkpoint_id(entry) for entry in entries if nonce in str(entry["values"])]


async def read_ledger(api: Api, thread_id: str) -> list[tuple[str, int]]:
    """Return (nonce, step) of every finished step in the thread's state, oldest first."""
    return ledger_entries((await read_state(api, thread_id))["values"] or {})


def ledger_entries(values: dict[str, Any]) -> list[tuple[str, int]]:
    """Return (nonce, step) of every finished step in some values of a `chain`."""
    return [(entry["nonce"], entry["i"]) for entry in values.get("log") or []]


async def read_committed_tokens(runs: Runs, handle: RunHandle) -> list[tuple[int, int]]:
    """Return (step, token) of the run's entries in its thread's state, in the state's order."""
    state = (await runs.api.get(f"/threads/{handle.thread_id}/state")).json()
    log = state["values"].get("log") or []
    return [(entry["i"], entry["token"]) for entry in log if entry["nonce"] == handle.nonce]
