"""What a client may say when it creates a run, and what it is told of one."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from onceproof.reference_impl.api.fields import Config, Configurable, Metadata
from onceproof.reference_impl.api.http import Body
from onceproof.reference_impl.core.streams.events import EVENTS, MODES

Mode = Literal[
    "values",
    "updates",
    "custom",
    "messages",
    "messages-tuple",
    "tasks",
    "checkpoints",
    "debug",
    "events",
]
assert set(Mode.__args__) == {*MODES, EVENTS}  # type: ignore[attr-defined]

Nodes = Literal["*"] | list[str]
Strategy = Literal["reject", "interrupt", "rollback", "enqueue"]
Action = Literal["interrupt", "rollback"]
Status = Literal["pending", "running", "error", "success", "timeout", "interrupted"]


class SendIn(Body):
    node: str
    input: Any = None


class CommandIn(Body):
    update: dict[str, Any] | list[tuple[str, Any]] | None = None
    resume: Any = None
    goto: str | SendIn | list[str | SendIn] | None = None


class CheckpointIn(Body):
    checkpoint_id: UUID | None = None
    checkpoint_ns: str = ""
    checkpoint_map: dict[str, str] | None = None


class RunContent(Body):
    """What is to be run, whoever asks for it and when."""

    input: Any = None
    metadata: Metadata | None = None
    config: Config | None = None
    context: Configurable | None = None
    webhook: str | None = None
    interrupt_before: Nodes | None = None
    interrupt_after: Nodes | None = None
    stream_mode: list[Mode] = Field(default=["values"])
    stream_subgraphs: bool = False
    stream_resumable: bool = False
    checkpoint_during: bool | None = None
    durability: Literal["sync", "async", "exit"] | None = None

    @field_validator("stream_mode", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """One mode or several, each once; none means the default."""
        modes = [value] if isinstance(value, str) else value or ["values"]
        return list(dict.fromkeys(modes)) if isinstance(modes, list) else modes

    def chosen_durability(self) -> str:
        if self.durability is not None:
            return self.durability
        return "exit" if self.checkpoint_during is False else "async"


class RunIn(RunContent):
    """A run without a thread of its own choosing."""

    assistant_id: str
    command: CommandIn | None = None
    feedback_keys: list[str] | None = None
    after_seconds: float | None = Field(None, ge=0, le=366 * 86_400)
    on_disconnect: Literal["cancel", "continue"] = "continue"
    on_completion: Literal["delete", "keep"] = "delete"


class ThreadRunIn(RunIn):
    """A run on a thread."""

    checkpoint: CheckpointIn | None = None
    checkpoint_id: UUID | None = None
    multitask_strategy: Strategy = "enqueue"
    if_not_exists: Literal["create", "reject"] = "reject"

    def start_at(self) -> dict[str, Any]:
        """The checkpoint to start from, as LangGraph names it; empty for the latest."""
        if self.checkpoint is not None:
            return self.checkpoint.model_dump(mode="json", exclude_none=True)
        return {"checkpoint_id": str(self.checkpoint_id)} if self.checkpoint_id else {}


class BatchRunIn(ThreadRunIn):
    """One run of a batch, on a thread if it names one."""

    thread_id: UUID | None = None


class CancelIn(Body):
    """Which runs to cancel: all of a status, or those named."""

    status: Literal["pending", "running", "all"] | None = None
    thread_id: UUID | None = None
    run_ids: list[UUID] | None = None


class RunOut(BaseModel):
    """A run as every endpoint answers it."""

    run_id: UUID
    thread_id: UUID
    assistant_id: UUID
    created_at: datetime
    updated_at: datetime
    status: Status
    metadata: dict[str, Any]
    kwargs: dict[str, Any]
    multitask_strategy: Strategy
