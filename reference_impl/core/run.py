"""A run: what it executes, how it is accepted and how it ends, and why it may be refused."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any
from uuid import UUID

from onceproof.reference_impl.core.streams.events import Interrupts
from onceproof.reference_impl.encoding import JsonObject

ACTIVE = ("pending", "running")
TERMINAL = ("success", "error", "timeout", "interrupted")


class ThreadMissing(Exception):
    """The run names a thread that does not exist and may not be created."""


class ThreadBusy(Exception):
    """The thread has a run under way, and the new one must not be queued behind it."""


class Superseded(Exception):
    """A newer attempt exists, or the run has ended: this attempt may no longer end it."""


@dataclass
class RunSpec:
    """What a run executes, and how: stored with the run, in the column `kwargs`.

    All but the graph has a default, so that a run which was stored without a field can be read.
    """

    graph_id: str
    _: KW_ONLY
    input: Any = None
    command: JsonObject | None = None
    config: JsonObject = field(default_factory=dict)
    context: JsonObject | None = None
    #: Where to start from, as LangGraph addresses a checkpoint; empty for the latest.
    checkpoint: dict[str, str] = field(default_factory=dict)
    #: Nodes, or "*" for all of them.
    interrupt_before: str | list[str] | None = None
    interrupt_after: str | list[str] | None = None
    stream_mode: list[str] = field(default_factory=lambda: ["values"])
    stream_subgraphs: bool = False
    stream_resumable: bool = False
    feedback_keys: list[str] | None = None
    durability: str = "async"
    #: Whether its thread vanishes with it.
    temporary: bool = False
    webhook: str | None = None
    user: Mapping[str, Any] | None = None

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "RunSpec":
        """Return the spec that `dump` has made this of; fields it does not know are left out."""
        names = {item.name for item in fields(cls)}
        return cls(**{k: v for k, v in stored.items() if k in names and v is not None})

    def dump(self) -> JsonObject:
        """Return it as the column holds it; only a run for a user mentions one."""
        stored = dict(vars(self))
        if self.user is None:
            del stored["user"]
        return stored


@dataclass
class RunRequest:
    """A run to be accepted; whatever it names has been looked up and validated already."""

    run_id: UUID
    thread_id: UUID
    assistant_id: UUID
    spec: RunSpec
    assistant_metadata: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    thread_metadata: JsonObject = field(default_factory=dict)
    thread_config: JsonObject = field(default_factory=dict)
    strategy: str = "enqueue"
    delay_s: float = 0.0
    create_thread: bool = False
    #: What the caller's authorisation demands of the thread's metadata, and adds to a new thread's.
    rule: str | None = None
    owner: JsonObject = field(default_factory=dict)

    def row(self) -> tuple[Any, ...]:
        """Return the arguments of `accept_run`, in its order."""
        return (
            self.run_id,
            self.thread_id,
            self.assistant_id,
            self.assistant_metadata,
            self.metadata,
            self.thread_metadata,
            self.spec.dump(),
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
    """How a run ended, and what its thread inherits from it."""

    status: str
    output: Any = None
    values: JsonObject | None = None
    interrupts: Interrupts = field(default_factory=dict)
    error: dict[str, str] | None = None
    resting: str = "idle"
    hide_thread: bool = False

    def answer(self) -> Any:
        """Return what a client that waited for the run receives."""
        return answer(self.output, self.interrupts)

    def row(self) -> tuple[Any, ...]:
        """Return the arguments of `finish_run` after run and attempt, in its order."""
        return (
            self.status,
            self.output,
            self.values,
            self.interrupts,
            self.error,
            self.resting,
            self.hide_thread,
        )


def answer(output: Any, interrupts: Interrupts) -> Any:
    """Return the answer of a run that has ended: its output, or what it is waiting for."""
    if output is not None:
        return output
    pending = [item for items in interrupts.values() for item in items]
    return {"__interrupt__": pending} if pending else {}
