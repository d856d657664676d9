"""The clients of a chaos: so many at once, each playing one round after the other, at a given pace.

A round is one thing that a client does, see `rounds`. What faults do to it is expected: an answer
that never came leaves its run unknown until the end, and the round is over. Anything else that goes
wrong is kept as a surprise and told.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import httpx

from onceproof.conformance.chaos import operations
from onceproof.conformance.chaos.plan import Plan
from onceproof.conformance.history import Recorder
from onceproof.conformance.wire.operations import OutcomeUnknown, RunRefused
from onceproof.conformance.wire.runs import Runs, StillRunning
from onceproof.conformance.wire.streams import StreamError

BATCH = 250
#: Batches are due in this part of the time, so that the last ones are begun and done in it.
EARLY = 0.8
SURPRISES = 32
#: After a round that a fault ended: a deployment that is away is not asked without a pause.
AGAIN_S = 0.5
#: The same for a batch, each of whose runs leaves its trace in the history.
BATCH_AGAIN_S = 3.0

#: What a fault may do to a client, whoever is innocent.
EXPECTED = (OutcomeUnknown, StreamError, StillRunning, httpx.TransportError, TimeoutError)


@dataclass
class Tally:
    """What the clients saw; `surprises` are answers that no fault explains."""

    rounds: Counter[str] = field(default_factory=Counter)
    disturbed: Counter[str] = field(default_factory=Counter)
    unknown: list[OutcomeUnknown] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    noops: int = 0

    def surprise(self, what: str) -> None:
        """Keep what no fault explains, up to a limit."""
        if len(self.surprises) < SURPRISES:
            self.surprises.append(what)


class Crew:
    """Creates what the plan wants until told to stop."""

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
    def created(self) -> int:
        """How many runs were accepted so far."""
        return len(self._runs.made)

    async def work(self, stop: asyncio.Event) -> None:
        """Keep every client busy until `stop` is set and each has ended its round."""
        self._started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._plan.clients):
                group.create_task(self._client(Random(self._dice.random()), stop))
            group.create_task(self._batches(stop))

    async def _client(self, dice: Random, stop: asyncio.Event) -> None:
        while await self._ticket(stop):
            name = dice.choices(list(operations.ROUNDS), operations.WEIGHTS)[0]
            playing = operations.ROUNDS[name](self._runs, self._shared, dice)
            if not await self._played(name, playing):
                self._tickets -= 1  # to be made up for
                await _set_within(stop, AGAIN_S)

    async def _ticket(self, stop: asyncio.Event) -> bool:
        """Wait for the time at which the next round is due; False when there is none any more."""
        wanted = self._plan.runs_wanted
        while self._tickets >= wanted:
            if await _set_within(stop, AGAIN_S):  # others may still give theirs back
                return False
        due = self._started + self._tickets * self._plan.seconds / wanted
        self._tickets += 1
        return not await _set_within(stop, due - time.monotonic())

    async def _batches(self, stop: asyncio.Event) -> None:
        """Batches of runs without work; one whose fate is unknown is made up for."""
        wanted, tally = self._plan.noops_wanted, self.tally
        size = min(BATCH, max(1, wanted // 4))
        while tally.noops < wanted:
            due = self._started + tally.noops * self._plan.seconds / wanted * EARLY
            if await _set_within(stop, due - time.monotonic()):
                return
            if not await self._played("no-ops", self._batch(min(size, wanted - tally.noops))):
                await _set_within(stop, BATCH_AGAIN_S)

    async def _batch(self, count: int) -> None:
        await self._runs.batch([{"graph": "chain", "input": {"steps": 1}}] * count)
        self.tally.noops += count

    async def _played(self, name: str, playing: operations.Round) -> bool:
        """Whether the round came through, whatever was answered."""
        self.tally.rounds[name] += 1
        try:
            await playing
        except EXPECTED as error:
            self.tally.disturbed[name] += 1
            if isinstance(error, OutcomeUnknown):
                self.tally.unknown.append(error)
            return False
        except (RunRefused, httpx.HTTPStatusError) as error:
            return self._refused(name, error)
        return True

    def _refused(self, name: str, error: RunRefused | httpx.HTTPStatusError) -> bool:
        response = error.response
        if response is not None and response.is_server_error:
            self.tally.disturbed[name] += 1
            return False
        self.tally.surprise(f"{name}: {error}")
        return True


async def _set_within(event: asyncio.Event, wait_s: float) -> bool:
    """Whether it is set by then."""
    try:
        async with asyncio.timeout(max(0.0, wait_s)):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
