"""What a fault acts on: a wired session, and a client whose loop runs elsewhere.

Faults act from threads of their own, because the levers block; a few of them are made of runs
and readers, which live on the loop of the workload.
"""

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from onceproof.conformance.faults.wiring import WiredSession
from onceproof.conformance.wire.runs import Runs

T = TypeVar("T")


@dataclass
class FaultContext:
    """The session under fault.

    `over` is set when every fault has to be healed, and `leaving` when the session ends at once, so
    that what was ended is not needed any more.
    """

    session: WiredSession
    runs: Runs
    loop: asyncio.AbstractEventLoop
    over: threading.Event = field(default_factory=threading.Event)
    leaving: threading.Event = field(default_factory=threading.Event)

    def staying(self) -> bool:
        """Return whether what was ended has to be started again."""
        return not self.leaving.is_set()

    def call(self, work: Coroutine[Any, Any, T], limit_s: float) -> T:
        """Run `work` on the workload's loop, and wait for it here."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(limit_s)
