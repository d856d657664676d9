"""The workload of a chaos: clients side by side, each doing one operation after another, at a pace.

What faults do to an operation is expected: an answer that never came leaves its run unknown until
the end, and ends the operation. Anything else that goes wrong is recorded as a surprise and
reported.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import httpx

from onceproof.conformance.chaos import operations
from onceproof.conformance.chaos.plan import Plan
from onceproof.conformance.history import Record, Recorder
from onceproof.conformance.wire.operations import OutcomeUnknown, RunRefused
from onceproof.conformance.wire.runs import Runs, StillRunning
from onceproof.conformance.wire.streams import StreamError

BATCH = 250
#: Batches are due in this share of the time, so that the last ones begin and end within it.
EARLY = 0.8
SURPRISES = 32
#: Pause after an operation that a fault ended: a deployment that is down is not hammered.
RETRY_S = 0.5
#: The same for a batch, each of whose runs leaves its trace in the history.
BATCH_RETRY_S = 3.0

#: What a fault may do to a client of a server that does everything right.
EXPECTED = (OutcomeUnknown, StreamError, StillRunning, httpx.TransportError, TimeoutError)


@dataclass
class Tally:
    """What the clients did and saw; `surprises` are answers that no fault explains."""

    operations: Counter[str] = field(default_factory=Counter)
    disturbed: Counter[str] = field(default_factory=Counter)
    unknown: list[OutcomeUnknown] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    noops: int = 0

    def surprise(self, what: str) -> None:
        """Record what no fault explains, up to a limit."""
        if len(self.surprises) < SURPRISES:
            self.surprises.append(what)


class Workload:
    """Creates what the plan asks for, until it is stopped."""

    def __init__(self, plan: Plan, runs: Runs, history: Recorder) -> None:
        self.tally = Tally()
        self._plan = plan
        self._runs = runs
        self._history = history
        self._tickets = 0
        self._started = 0.0
        self._dice = Random(f"workload {plan.seed}")
        self._shared = operations.Threads(runs, plan.threads)

    @property
    def run_count(self) -> int:
        """How many runs were accepted so far."""
        return len(self._runs.made)

    def count_ends(self, history: Sequence[Record]) -> dict[str, dict[str, int]]:
        """Count nothing: how a run of this workload ends depends on what others do to it."""
        return {}

    async def work(self, stop: asyncio.Event) -> None:
        """Keep every client busy until `stop` is set and each has ended its operation."""
        self._started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._plan.clients):
                group.create_task(self._client(Random(self._dice.random()), stop))
            group.create_task(self._batches(stop))

    async def _client(self, dice: Random, stop: asyncio.Event) -> None:
        while await self._ticket(stop):
            name = dice.choices(list(operations.OPERATIONS), operations.WEIGHTS)[0]
            operation = operations.OPERATIONS[name](self._runs, self._shared, dice)
            if not await self._perform(name, operation):
                self._tickets -= 1  # another operation makes up for it
                await _set_within(stop, RETRY_S)

    async def _ticket(self, stop: asyncio.Event) -> bool:
        """Wait until the next operation is due; return False when none is left."""
        wanted = self._plan.run_count
        while self._tickets >= wanted:
            if await _set_within(stop, RETRY_S):  # others may still return their tickets
                return False
        due = self._started + self._tickets * self._plan.seconds / wanted
        self._tickets += 1
        return not await _set_within(stop, due - time.monotonic())

    async def _batches(self, stop: asyncio.Event) -> None:
        """Create batches of runs without work; another makes up for one whose fate is unknown."""
        wanted, tally = self._plan.noop_count, self.tally
        size = min(BATCH, max(1, wanted // 4))
        while tally.noops < wanted:
            due = self._started + tally.noops * self._plan.seconds / wanted * EARLY
            if await _set_within(stop, due - time.monotonic()):
                return
            if not await self._perform("no-ops", self._batch(min(size, wanted - tally.noops))):
                await _set_within(stop, BATCH_RETRY_S)

    async def _batch(self, count: int) -> None:
        await self._runs.batch([{"graph": "chain", "input": {"steps": 1}}] * count)
        self.tally.noops += count

    async def _perform(self, name: str, operation: operations.Operation) -> bool:
        """Do it; return whether it came through, whatever was answered."""
        self.tally.operations[name] += 1
        try:
            await operation
        except EXPECTED as error:
            self.tally.disturbed[name] += 1
            if isinstance(error, OutcomeUnknown):
                self.tally.unknown.append(error)
            return False
        except (RunRefused, httpx.HTTPStatusError) as error:
            return self._note_refusal(name, error)
        return True

    def _note_refusal(self, name: str, error: RunRefused | httpx.HTTPStatusError) -> bool:
        response = error.response
        if response is not None and response.is_server_error:
            self.tally.disturbed[name] += 1
            return False
        self.tally.surprise(f"{name}: {error}")
        return True


async def _set_within(event: asyncio.Event, wait_s: float) -> bool:
    """Wait for the event; return whether it is set by then."""
    try:
        async with asyncio.timeout(max(0.0, wait_s)):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
