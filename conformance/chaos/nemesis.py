"""Plays a schedule: each fault at its time, once what it hits has recovered from the last one."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager

from onceproof.conformance.faults.catalogue import FAULT_KINDS, Entry
from onceproof.conformance.faults.context import FaultContext

#: Faults under way at the same time; more of them wait.
AT_ONCE = 16


class Nemesis:
    """Begins each entry of a schedule and ends it; `played` holds those that took place."""

    def __init__(self, ground: FaultContext, say: Callable[[str], None]) -> None:
        self.played: list[Entry] = []
        self._ground = ground
        self._say = say
        self._threads = ThreadPoolExecutor(AT_ONCE, "fault")
        self._busy: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def play(self, schedule: Sequence[Entry], seconds: float) -> None:
        """Return after `seconds`, when everything that was broken is restored."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for entry in schedule:
                await asyncio.sleep(began + entry.at_s - time.monotonic())
                group.create_task(self._play_entry(entry))
            await asyncio.sleep(began + seconds - time.monotonic())
            self._ground.over.set()

    def close(self) -> None:
        """Restore what an interruption left broken, and return when that is done.

        What was killed is not started again: it would only be stopped.
        """
        self._ground.leaving.set()
        self._ground.over.set()
        self._threads.shutdown()

    async def _play_entry(self, entry: Entry) -> None:
        async with self._lock(FAULT_KINDS[entry.fault].claims(entry)):
            # A fault that had to wait beyond the end of the safety phase is left out.
            if not self._ground.over.is_set():
                self._say(str(entry))
                self.played.append(entry)
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._threads, self._inject, entry)

    def _inject(self, entry: Entry) -> None:
        with FAULT_KINDS[entry.fault].begin(self._ground, entry):
            self._ground.over.wait(entry.lasts_s)

    @asynccontextmanager
    async def _lock(self, hits: Sequence[str]) -> AsyncIterator[None]:
        """Lock what is hit; always in the same order, so that no two faults wait for each other."""
        async with AsyncExitStack() as locks:
            for hit in sorted(hits):
                await locks.enter_async_context(self._busy[hit])
            yield
