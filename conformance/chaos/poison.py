"""A workload among whose runs are some that are bad for the process that executes them.

Of forty runs four are poison, one of each kind; the rest do some steps and nothing else. Each run
leaves a mark of how it has to end, which the check `expected_end` compares with what became of it:
poison in an error, within its attempts, and with at most one process for each run that is fatal to
one; everything else well.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

from onceproof.conformance.chaos.plan import Plan
from onceproof.conformance.chaos.workload import EXPECTED, Tally
from onceproof.conformance.faults.record import expect_end
from onceproof.conformance.history import Record, Recorder
from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import FINAL
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.operations import OutcomeUnknown, RunRefused
from onceproof.conformance.wire.runs import Runs

#: Of each kind there is one in so many runs.
ONE_IN = 40
#: What BG_JOB_MAX_RETRIES is if nobody sets it, and nobody does here.
ATTEMPTS = 3
#: Longer than a lease, than a node may hold the loop, and than a run may take: see `plan`.
BLOCKS_S = 120.0

#: The input of each kind of poison.
POISON: Mapping[str, Json] = {
    "exits": {"how": "exit"},
    "kills its process": {"how": "kill"},
    "blocks": {"how": "block", "seconds": BLOCKS_S},
    "cannot be stored": {"how": "unstorable"},
}
#: Those that a process may die of: a server may have no other way out of a block.
FATAL = frozenset({"kills its process", "blocks"})
HARMLESS = "harmless"


class PoisonWorkload:
    """Creates the runs of the plan at its pace, in an order that the seed determines."""

    def __init__(self, plan: Plan, runs: Runs, history: Recorder) -> None:
        self.tally = Tally()
        self._plan = plan
        self._runs = runs
        self._history = history
        self._dice = Random(f"poison {plan.seed}")
        self._kinds: dict[str, str] = {}

    @property
    def run_count(self) -> int:
        """How many runs were accepted so far."""
        return len(self._runs.made)

    def count_ends(self, history: Sequence[Record]) -> dict[str, dict[str, int]]:
        """Count the runs of each kind by the status in which they were found at the end."""
        ends: dict[str, Counter[str]] = {kind: Counter() for kind in [*POISON, HARMLESS]}
        for record in history:
            if record.kind == "snap" and record.op == FINAL and record.key in self._kinds:
                ends[self._kinds[record.key]][record.value["status"] or "removed"] += 1
        return {kind: dict(sorted(counts.items())) for kind, counts in ends.items()}

    async def work(self, stop: asyncio.Event) -> None:
        """Create all of them, or as many as there is time for until `stop` is set."""
        count, began = self._plan.run_count, time.monotonic()
        kinds = [kind for kind in POISON for _ in range(max(1, count // ONE_IN))]
        kinds += [HARMLESS] * (count - len(kinds))
        self._dice.shuffle(kinds)
        async with asyncio.TaskGroup() as group:
            for number, kind in enumerate(kinds):
                due = began + number * self._plan.seconds / count
                await asyncio.sleep(due - time.monotonic())
                if stop.is_set():
                    return
                group.create_task(self._create(kind))

    async def _create(self, kind: str) -> None:
        self.tally.operations[kind] += 1
        nonce, poison = new_nonce(), POISON.get(kind)
        graph, content = ("poison", poison) if poison else ("chain", self._draw_steps())
        end = ("error", "timeout") if poison else ("success",)
        try:
            thread_id = await self._runs.new_thread()
            await self._runs.create(thread_id, graph, content, nonce=nonce)
        except EXPECTED as error:
            self.tally.disturbed[kind] += 1
            if isinstance(error, OutcomeUnknown):
                self.tally.unknown.append(error)
        except RunRefused as error:
            self.tally.surprise(f"{kind}: {error}")
        self._kinds[nonce] = kind
        expect_end(self._history, nonce, *end, most=ATTEMPTS, fatal=kind in FATAL)

    def _draw_steps(self) -> Json:
        return {"steps": self._dice.randint(1, 4), "sleep_ms": self._dice.choice([0, 100, 300])}
