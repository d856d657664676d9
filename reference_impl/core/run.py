"""A run as it is accepted and as it ends, and why it may be neither."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

ACTIVE = ("pending", "running")
TERMINAL = ("success", "error", "timeout", "interrupted")


class ThreadMissing(Exception):
    """The run names a thread that does not exist, and it may not be created."""


class ThreadBusy(Exception):
    """The thread has a run under way and the new run is not to be queued behind it."""


class Superseded(Exception):
    """A newer attempt exists, or the run has ended: this attempt may not end it."""


@dataclass
class RunRequest:
    """A run as it is to be accepted; what it names has been looked up and validated already."""

    run_id: UUID
    thread_id: UUID
    assistant_id: UUID
    kwargs: dict[str, Any]
    assistant_metadata: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    thread_metadata: dict[str, Any] = field(default_factory=dict)
    thread_config: dict[str, Any] = field(default_factory=dict)
    strategy: str = "enqueue"
    delay_s: float = 0.0
    create_thread: bool = False
    #: What the caller's authorisation demands of the thread, and what it puts on a new one.
    rule: str | None = None
    owner: dict[str, Any] = field(default_factory=dict)

    def row(self) -> tuple[Any, ...]:
        """What `accept_run` takes, in its order."""
        return (
            self.run_id,
            self.thread_id,
            self.assistant_id,
            self.assistant_metadata,
            self.metadata,
            self.thread_metadata,
            self.kwargs,
            self.strategy,
            self.delay_s,
            self.thread_config,
            self.create_thread,
        )

    @property
    def simple(self) -> bool:
        """Whether one statement accepts the run."""
        return self.strategy == "enqueue" and self.rule is None and not self.owner


@dataclass
class Outcome:
    """How a run ended, and what its thread takes over from it."""

    status: str
    output: Any = None
    values: dict[str, Any] | None = None
    interrupts: dict[str, Any] = field(default_factory=dict)
    error: dict[str, str] | None = None
    resting: str = "idle"
    hide_thread: bool = False

    def answer(self) -> Any:
        """What those get who waited for the run."""
        return answer(self.output, self.interrupts)

    def row(self) -> tuple[Any, ...]:
        """What `finish_run` takes behind run and attempt, in its order."""
        return (
            self.status,
            self.output,
            self.values,
            self.interrupts,
            self.error,
            self.resting,
            self.hide_thread,
        )


def answer(output: Any, interrupts: dict[str, Any]) -> Any:
    """The answer of a run that has ended: its output, or what it is waiting for."""
    if output is not None:
        return output
    pending = [item for items in interrupts.values() for item in items]
    return {"__interrupt__": pending} if pending else {}
