"""What the runs of one thread have left in its state and its history."""

from typing import Any

from onceproof.conformance.suite.kit.reads import history, state
from onceproof.conformance.wire.client import Api


async def ledger(api: Api, thread_id: str) -> list[tuple[str, int]]:
    """(nonce, step) of every finished step in the thread's state, oldest first."""
    values = (await state(api, thread_id))["values"] or {}
    return entries(values)


def entries(values: dict[str, Any]) -> list[tuple[str, int]]:
    """(nonce, step) of every finished step in some values of a `chain`."""
    return [(entry["nonce"], entry["i"]) for entry in values.get("log") or []]


async def traces(api: Api, thread_id: str, nonce: str) -> list[str]:
    """The checkpoints in the thread's history whose values show anything of a run."""
    shown = await history(api, thread_id)
    return [each["checkpoint"]["checkpoint_id"] for each in shown if nonce in str(each["values"])]
