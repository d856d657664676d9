"""What clients and crons ask for when they create a run, validated."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from onceproof.reference_impl.core.streams.events import EVENTS, MODES
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.resources.fields import Body, Config, Configurable, Many, Metadata

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

Nodes = Literal["*"] | Many[str]
Strategy = Literal["reject", "interrupt", "rollback", "enqueue"]


class SendIn(Body):
    """A node to go to, with an input of its own."""

    node: str
    input: Any = None


class CommandIn(Body):
    """What to do instead of taking an input: update the state, answer an interrupt, go to nodes."""

    resume: Any = None
    update: JsonObject | Many[tuple[str, Any]] | None = None
    goto: str | SendIn | Many[str | SendIn] | None = None

    @model_validator(mode="after")
    def _require_an_answer(self) -> "CommandIn":
        """Refuse a bare null: LangGraph cannot tell it from no answer, and fails inside the run."""
        bare = "resume" in self.model_fields_set and not (self.update or self.goto)
        if bare and self.resume is None:
            raise ValueError(
                "resume: null is not an answer; send false or an empty text, or null by the "
                "question's id: {'<interrupt id>': null}"
            )
        return self


class CheckpointIn(Body):
    """Names a checkpoint of the thread."""

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
    stream_mode: Many[Mode] = Field(default=["values"])
    stream_subgraphs: bool = False
    stream_resumable: bool = False
    checkpoint_during: bool | None = None
    durability: Literal["sync", "async", "exit"] | None = None

    @field_validator("stream_mode", mode="before")
    @classmethod
    def _list_modes(cls, value: Any) -> Any:
        """One mode or several, each once; none means the default."""
        modes = [value] if isinstance(value, str) else value or ["values"]
        return list(dict.fromkeys(modes)) if isinstance(modes, list) else modes

    def choose_durability(self) -> str:
        """Return the durability asked for, in the newer or the older way; async by default."""
        if self.durability is not None:
            return self.durability
        return "exit" if self.checkpoint_during is False else "async"


class RunIn(RunContent):
    """A run without a thread of its own choosing."""

    assistant_id: str
    command: CommandIn | None = None
    feedback_keys: Many[str] | None = None
    after_seconds: float | None = Field(None, ge=0, le=366 * 86_400)
    on_disconnect: Literal["cancel", "continue"] = "continue"
    on_completion: Literal["delete", "keep"] = "delete"


class ThreadRunIn(RunIn):
    """A run on a thread."""

    checkpoint: CheckpointIn | None = None
    checkpoint_id: UUID | None = None
    multitask_strategy: Strategy = "enqueue"
    if_not_exists: Literal["create", "reject"] = "reject"

    def start_at(self) -> dict[str, str]:
        """Return the checkpoint to start from, as LangGraph names it; empty for the latest."""
        if self.checkpoint is not None:
            return self.checkpoint.model_dump(mode="json", exclude_none=True)
        return {"checkpoint_id": str(self.checkpoint_id)} if self.checkpoint_id else {}
