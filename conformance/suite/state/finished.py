"""A thread with a history, where most tests of state and history begin."""

from dataclasses import dataclass
from typing import Any

from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import checkpoint_id, read_history
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs

STEPS = 3


@dataclass(frozen=True)
class FinishedChain:
    """A finished chain: its thread, its run, its answer and its history, newest first."""

    thread_id: str
    handle: RunHandle
    values: dict[str, Any]
    history: list[dict[str, Any]]

    @property
    def checkpoint_ids(self) -> list[str]:
        """The ids of the history, newest first."""
        return [checkpoint_id(entry) for entry in self.history]

    def find_entry_after(self, steps: int) -> dict[str, Any]:
        """Find the history entry after this many steps of the chain, with the next step due."""
        [found] = [
            entry
            for entry in self.history
            if entry["next"] == ["step"] and entry["values"].get("i") == steps
        ]
        return found


async def run_chain(runs: Runs, steps: int = STEPS) -> FinishedChain:
    """Run a chain to its end on a new thread, and read the history."""
    thread_id = await runs.new_thread()
    handle, values = await runs.wait(thread_id, "chain", {"steps": steps})
    same("steps in the answer", [entry["i"] for entry in values["log"]], list(range(steps)))
    return FinishedChain(thread_id, handle, values, await read_history(runs.api, thread_id))
