"""One run of ours while it is executed."""

import asyncio
from dataclasses import dataclass, field

from onceproof.conformance.history.values import Json


@dataclass
class OurRun:
    """A run that is about to be created, or was; `run_id` is there once `begun` is set."""

    label: str
    thread: str
    body: Json
    run_id: str | None = None
    status: str | None = None
    #: The number of its input, None for an answer.
    number: int | None = None
    #: When it was first seen to work, on the monotonic clock.
    began_s: float | None = None
    #: How often in a row the server has said that it does not know it.
    unknown_reads: int = 0
    #: Set when the server has answered the create, whatever it said.
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set at the first event that is more than metadata, and at the end of the stream.
    working: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def path(self) -> str:
        """Where the run is found."""
        return f"/threads/{self.thread}/runs/{self.run_id}"
