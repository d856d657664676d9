"""One reader's share of a stream in this process: a queue that is cut off when it is too long."""

import asyncio

from onceproof.reference_impl.core.streams.event_ids import OVERFLOW, Event, is_end

#: Frames a reader may lag behind; then it is cut off, before it fills the memory.
MAX_LAG = 20_000


class Subscription:
    """The events of one run from now on, in the order they were published."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def push(self, event: Event) -> None:
        if self._events.qsize() < MAX_LAG or is_end(event):
            self._events.put_nowait(event)
        elif self._events.qsize() == MAX_LAG:
            self._events.put_nowait(OVERFLOW)

    async def next(self, timeout_s: float) -> list[Event]:
        """Wait for events and return them; empty if there are none within `timeout_s`."""
        batch = []
        try:
            # Not wait_for: when an event comes as the reader leaves, 3.11's swallows the leaving.
            async with asyncio.timeout(timeout_s):
                if self._events.empty():
                    batch.append(await self._events.get())
        except TimeoutError:
            return []
        while not self._events.empty():
            batch.append(self._events.get_nowait())
        return batch
